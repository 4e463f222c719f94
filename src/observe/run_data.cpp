// SPDX-License-Identifier: MIT
#include "observe/run_data.hpp"

#include "observe/page.hpp"
#include "observe/page_data.hpp"
#include "observe/run_folder.hpp"
#include "observe/verdict.hpp"

namespace gridring::observe {
namespace {

using nlohmann::json;

json regions_json(const RunFolder& run) {
    json regions = json::object();
    for (const std::string& code : run.regions())
        regions[code] = {{"name", run.name_of(code)}, {"zone", run.zone_of(code)}};
    return regions;
}

json missing_json(const RunFolder& run) {
    json missing = json::object();
    for (const auto& [file, command] : run.missing) missing[file] = command;
    return missing;
}

json header_json(json run) {
    if (run.is_object() && run.contains("command") && run["command"].is_string())
        run["command"] = without_secrets(run["command"]);
    return run;
}

}  // namespace

json run_data(const std::filesystem::path& run_folder) {
    const RunFolder run = read_run_folder(run_folder);
    return {
        {"name", run.name},
        {"verdict", verdict(run.scores)},
        {"missing", missing_json(run)},
        {"regions", regions_json(run)},
        {"run", header_json(run.run)},
        {"config", without_secrets(run.config)},
        {"extraction", rounded(run.extraction)},
        {"scores", rounded(run.scores)},
        {"evaluation", run.results ? evaluation_data(*run.results) : json(nullptr)},
        {"forecast", run.forecast ? next_day_data(*run.forecast, run.series ? &*run.series : nullptr) : json(nullptr)},
        {"quality", run.series ? quality_data(*run.series) : json(nullptr)}};
}

}  // namespace gridring::observe
