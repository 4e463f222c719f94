// SPDX-License-Identifier: MIT
#include "observe/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"

namespace gridring::observe {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::array<std::array<const char*, 2>, 8> files_and_makers{
    {{"config.yaml", "gridring run CONFIG"},
     {"run.json", "gridring run CONFIG"},
     {"extraction.json", "gridring extract CONFIG (a series from gridring import has none)"},
     {"training.json", "gridring train CONFIG"},
     {"scores.json", "gridring evaluate RUN_DIR"},
     {"results.h5", "gridring evaluate RUN_DIR"},
     {"forecast.h5", "gridring forecast RUN_DIR"},
     {"series.h5", "gridring extract CONFIG"}}};

json read_json(const fs::path& path) {
    if (!fs::exists(path)) return nullptr;
    try {
        json document = json::parse(read_file(path));
        if (document.is_object()) return document;
    } catch (const json::parse_error& broken) {
        throw StoreError(path.string(),
                         fmt::format("expected JSON, found a fault at byte {} ({}). Mend: delete the file to "
                                     "leave its section out, or make it again",
                                     broken.byte, broken.what()));
    }
    throw StoreError(path.string(),
                     "expected a JSON object, found another kind of value. Mend: delete it or make it again");
}

template <class Read>
auto read_if_there(const fs::path& path, Read read) {
    return fs::exists(path) ? std::optional(read(path)) : std::nullopt;
}

std::vector<RunFolder::Missing> find_missing(const fs::path& folder) {
    std::vector<RunFolder::Missing> missing;
    for (const auto& [file, maker] : files_and_makers)
        if (!fs::exists(folder / file)) missing.push_back({file, maker});
    return missing;
}

void expect_run(const fs::path& folder, std::size_t missing) {
    if (!fs::is_directory(folder))
        throw StoreError(folder.string(),
                         "expected the folder of a run, found none. Mend: name a folder that `gridring run` made");
    if (missing == files_and_makers.size())
        throw StoreError(folder.string(),
                         "expected files of a run (run.json, scores.json, results.h5, …), found none of them. "
                         "Mend: name a folder that `gridring run` made");
}

/// The field `key` of the region `code` in a document's "regions", or "".
std::string region_field(const json& document, const std::string& code, const char* key) {
    if (!document.is_object() || !document.contains("regions") || !document["regions"].is_array()) return {};
    for (const json& region : document["regions"])
        if (region.is_object() && region.value("code", json{}) == code && region.contains(key) &&
            region[key].is_string())
            return region[key];
    return {};
}

void add_codes(std::vector<std::string>& codes, const json& document) {
    if (!document.is_object() || !document.contains("regions") || !document["regions"].is_array()) return;
    for (const json& region : document["regions"])
        if (region.is_object() && region.contains("code") && region["code"].is_string())
            codes.push_back(region["code"]);
}

}  // namespace

std::string RunFolder::zone_of(const std::string& region) const {
    if (std::string scored = region_field(scores, region, "time_zone"); !scored.empty())
        return scored;  // knows the overrides
    if (series)
        for (const auto& known : series->regions)
            if (known.code == region && !known.time_zone.empty()) return known.time_zone;
    return std::string(zone_of_respondent(region));
}

std::string RunFolder::name_of(const std::string& region) const {
    if (series)
        for (const auto& known : series->regions)
            if (known.code == region && !known.name.empty()) return known.name;
    for (const json* document : {&scores, &extraction})
        if (std::string given = region_field(*document, region, "name"); !given.empty()) return given;
    return region;
}

std::vector<std::string> RunFolder::regions() const {
    std::vector<std::string> codes;
    add_codes(codes, scores);
    for (const auto* file : {&results, &forecast})
        if (*file) codes.insert(codes.end(), (*file)->regions.begin(), (*file)->regions.end());
    add_codes(codes, extraction);
    if (series)
        for (const auto& region : series->regions) codes.push_back(region.code);
    std::vector<std::string> distinct;
    for (const std::string& code : codes)
        if (std::find(distinct.begin(), distinct.end(), code) == distinct.end()) distinct.push_back(code);
    return distinct;
}

std::string name_of_folder(const fs::path& folder) {
    const fs::path whole = fs::absolute(folder).lexically_normal();
    return (whole.has_filename() ? whole : whole.parent_path()).filename().string();
}

RunFolder read_run_folder(const fs::path& folder) {
    RunFolder run;
    run.missing = find_missing(folder);
    expect_run(folder, run.missing.size());
    run.name = name_of_folder(folder);
    run.config = read_if_there(folder / "config.yaml", read_file).value_or("");
    run.run = read_json(folder / "run.json");
    run.extraction = read_json(folder / "extraction.json");
    run.training = read_json(folder / "training.json");
    run.scores = read_json(folder / "scores.json");
    run.results = read_if_there(folder / "results.h5", store::read_results);
    run.forecast = read_if_there(folder / "forecast.h5", store::read_results);
    run.series = read_if_there(folder / "series.h5", store::read_series);
    return run;
}

}  // namespace gridring::observe
