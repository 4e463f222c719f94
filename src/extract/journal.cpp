// SPDX-License-Identifier: MIT
#include "journal.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace gridring::extract {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* format_name = "gridring journal of raw pages";
constexpr int format_version = 1;

std::string to_line(const JournalEntry& entry) {
    const source::Window& window = entry.window;
    return json{{"dataset", window.route->name},
                {"regions", window.regions},
                {"items", window.items},
                {"first", to_string(window.first)},
                {"last", to_string(window.last)},
                {"rows", entry.rows},
                {"retrieved_at", entry.retrieved_at},
                {"files", entry.files}}
               .dump() +
           "\n";
}

/// Throws nlohmann's exception, or Error, for a line that is none of ours.
JournalEntry to_entry(const std::string& line) {
    const json object = json::parse(line);
    const auto text = [&](const char* name) { return object.at(name).get<std::string>(); };
    JournalEntry entry;
    entry.window.route = &source::require_route(text("dataset"));
    entry.window.first = require_hour(text("first"), "first");
    entry.window.last = require_hour(text("last"), "last");
    entry.window.regions = object.at("regions").get<std::vector<std::string>>();
    entry.window.items = object.at("items").get<std::vector<std::string>>();
    entry.rows = object.at("rows").get<std::int64_t>();
    entry.retrieved_at = text("retrieved_at");
    entry.files = object.at("files").get<std::vector<std::string>>();
    return entry;
}

void expect_source(const std::filesystem::path& file, const std::string& line, std::string_view source) {
    const json head = json::parse(line, nullptr, false);
    if (!head.is_object() || head.value("format", "") != format_name || head.value("version", 0) != format_version)
        throw StoreError(file.string(),
                         fmt::format("expected '{}', version {}, in the first line; the folder belongs to "
                                     "another version. Mend: --fresh fetches all anew",
                                     format_name, format_version));
    const std::string found = head.value("source", "");
    if (found != source)
        throw ConfigError(
            fmt::format("{}: its raw pages come from {}, not from {}. Mend: choose another folder with "
                        "--set run.folder=…, or fetch all anew with --fresh",
                        file.parent_path().string(), found, source));
}

}  // namespace

Journal::Journal(std::filesystem::path file, std::string_view source) : out_(file), file_(std::move(file)) {
    const std::string text = read_file(file_);
    std::size_t at = 0;
    for (std::int64_t number = 1;; ++number) {
        const auto end = text.find('\n', at);
        if (end == std::string::npos) break;
        const std::string line = text.substr(at, end - at);
        at = end + 1;
        if (number == 1) {
            expect_source(file_, line, source);
            continue;
        }
        try {
            entries_.push_back(to_entry(line));
        } catch (const std::exception& problem) {
            log::warning(fmt::format("{}, line {}: not a window ({}); its hours are fetched again", file_.string(),
                                     number, problem.what()));
        }
    }
    if (at < text.size()) out_.truncate(at);  // a kill came while this line was written
    if (at == 0)
        out_.append(json{{"format", format_name}, {"version", format_version}, {"source", source}}.dump() + "\n");
}

void Journal::append(const JournalEntry& entry) {
    const std::string line = to_line(entry);
    const std::lock_guard lock(mutex_);
    out_.append(line);
}

}  // namespace gridring::extract
