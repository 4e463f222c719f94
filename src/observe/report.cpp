// SPDX-License-Identifier: MIT
#include "gridring/observe/report.hpp"

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/hours.hpp"
#include "observe/assets.hpp"
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

json page_data(const RunFolder& run) {
    return {
        {"name", run.name},
        {"written", {{"at", utc_timestamp()}, {"version", version()}, {"git_commit", git_commit()}}},
        {"missing", missing_json(run)},
        {"regions", regions_json(run)},
        {"run", run.run},
        {"config", run.config},
        {"extraction", rounded(run.extraction)},
        {"training", rounded(training_data(run.training))},
        {"scores", rounded(run.scores)},
        {"evaluation", run.results ? evaluation_data(*run.results) : json(nullptr)},
        {"forecast", run.forecast ? next_day_data(*run.forecast, run.series ? &*run.series : nullptr) : json(nullptr)},
        {"quality", run.series ? quality_data(*run.series) : json(nullptr)}};
}

std::string scripts() {
    std::string all;
    for (const char* file :
         {"format.js", "figure.js", "forecasts.js", "scores.js", "contest.js", "training.js", "run.js"})
        all += asset(file);
    return all;
}

}  // namespace

void write_report(const std::filesystem::path& run_folder, const std::filesystem::path& html) {
    RunFolder run = read_run_folder(run_folder);
    run.config = without_secrets(run.config);
    if (run.run.is_object() && run.run.contains("command") && run.run["command"].is_string())
        run.run["command"] = without_secrets(run.run["command"]);
    const std::string data = page_data(run).dump(-1, ' ', false, json::error_handler_t::replace);
    write_file_atomically(html, fill(asset("page.html"), {{"title", escape_html(run.name)},
                                                          {"verdict", escape_html(verdict(run.scores))},
                                                          {"style", std::string(asset("page.css"))},
                                                          {"data", escape_json(data)},
                                                          {"chart_library", std::string(asset("chart.min.js"))},
                                                          {"scripts", scripts()}}));
}

}  // namespace gridring::observe
