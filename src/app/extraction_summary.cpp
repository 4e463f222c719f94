// SPDX-License-Identifier: MIT
#include "app/extraction_summary.hpp"

#include <fmt/format.h>

#include <cstdio>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/store/encryption.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

/// The request, and for a folder of CSV files what tells an edited one: sizes and times.
std::string request_of(const Settings& settings) {
    std::string text = describe_request(settings);
    if (settings.source != SourceKind::emulator || settings.emulator.data.empty()) return text;
    for (const auto& region : settings.extract.regions)
        for (const char* ending : {".csv", ".csv.gz"}) {
            const fs::path file = settings.emulator.data / (region + ending);
            std::error_code error;
            if (!fs::exists(file, error)) continue;
            text += fmt::format(", {} {} {}", file.filename().string(), fs::file_size(file, error),
                                fs::last_write_time(file, error).time_since_epoch().count());
        }
    return text;
}

/// Whether some of the hours asked for were still to come.
bool is_before(const std::string& timestamp, const Settings& settings) {
    const auto hour = hour_of_timestamp(timestamp);
    return settings.source != SourceKind::emulator && hour && *hour < settings.extract.to;
}

}  // namespace

Json summary_in(const fs::path& folder) {
    std::error_code error;
    const fs::path summary = folder / "extraction.json";
    Json content = fs::exists(summary, error) ? Json::parse(read_file(summary), nullptr, false) : Json();
    return content.is_object() ? content : Json::object();
}

std::string text_in(const Json& content, const char* name) {
    const auto found = content.find(name);
    return found != content.end() && found->is_string() ? found->get<std::string>() : std::string();
}

bool is_request_of(const Json& summary, const Settings& settings) {
    const auto failed = summary.find("failed_requests");  // holes of a bad night are tried again
    return text_in(summary, "request") == request_of(settings) && failed != summary.end() && failed->empty() &&
           !is_before(text_in(summary, "retrieved_at"), settings);
}

SeriesState state_of_series(const fs::path& file, const Json& summary) {
    std::error_code error;
    if (!fs::exists(file, error)) return SeriesState::absent;
    try {
        store::expect_series(file);
        const bool is_same = store::checksum_of_series(file) == text_in(summary, "series_checksum");
        return is_same ? SeriesState::whole : SeriesState::other;
    } catch (const store::KeyError&) {
        throw;
    } catch (const StoreError& problem) {
        log::warning(fmt::format("{}; it is made anew", problem.what()));
        return SeriesState::damaged;
    }
}

void publish(const Settings& settings, const extract::Summary& summary, bool prints, std::optional<Hour> published) {
    Json content = Json::parse(extract::to_json(summary));
    content["request"] = request_of(settings);
    content["series_checksum"] = store::checksum_of_series(summary.series);
    content["retrieved_at"] = utc_timestamp();
    content["source"] =
        settings.source == SourceKind::caiso ? settings.caiso.source_name : settings.extract.source_name;
    if (!settings.encryption_key_file.empty()) content["encryption_key_file"] = settings.encryption_key_file.string();
    if (published) content["published_to"] = to_string(*published);
    write_file_atomically(settings.folder / "extraction.json", content.dump(1) + "\n");
    if (!prints) return;
    fmt::print("{}\n", extract::to_text(summary));
    std::fflush(stdout);
}

}  // namespace gridring::app
