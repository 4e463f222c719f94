// SPDX-License-Identifier: MIT
#include "app/contest_stage.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>

#include "app/baselines.hpp"
#include "app/committee.hpp"
#include "app/model_card.hpp"
#include "app/stages.hpp"
#include "gridring/comm/work_on_root.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/contest_scores.hpp"
#include "gridring/forecast/scores.hpp"
#include "gridring/series/covariates.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;

/// What rank 0 knows when all have forecast.
struct Outcome {
    const store::Series& series;
    forecast::Contest contest;
    std::vector<forecast::Entry> entries{};  ///< the model, calibrated or not, and the baselines
    std::vector<std::vector<forecast::QuantileScore>> uncalibrated{};
    std::map<std::string, std::string> attributes{};
};

void print(const ContestArguments& arguments, const Outcome& outcome, const forecast::ContestScores& scores) {
    auto shown = scores.tables;
    shown.resize(whole_ranges(arguments).size());
    fmt::print("{}", forecast::to_text(shown));
    for (const auto& of_range : shown) {
        const bool is_asked = arguments.compare.size() == 2;
        const std::string first = is_asked ? arguments.compare[0] : outcome.entries.front().name;
        const std::string second = is_asked ? arguments.compare[1] : forecast::best_of_others(of_range);
        if (!second.empty()) fmt::print("{}", forecast::compare_text(of_range, first, second));
    }
    if (!scores.uncalibrated.empty())
        fmt::print("\nquantiles as forecast, mean over the regions\n{}", forecast::to_text(scores.uncalibrated));
    if (!scores.quantiles.empty())
        fmt::print("\nquantiles{}, mean over the regions\n{}",
                   scores.uncalibrated.empty() ? "" : " calibrated, " + arguments.calibrate,
                   forecast::to_text(scores.quantiles));
    std::fflush(stdout);
}

void write(const ContestArguments& arguments, const Outcome& outcome, const forecast::ContestScores& scores) {
    if (arguments.output.empty()) return;
    auto results = forecast::to_results(outcome.contest, outcome.entries, scores);
    results.attributes = outcome.attributes;
    std::filesystem::create_directories(arguments.output);
    store::write_results(arguments.output / "results.h5", results);
    Json all = Json::parse(forecast::to_json(forecast::score(results, outcome.contest.data, outcome.series), results));
    all["contest"] = Json::parse(forecast::to_json(scores, "naive-168h"));
    all["contest"].update({{"origins", arguments.origins}, {"from", arguments.from}, {"to", arguments.to}});
    all["contest"]["calibrated_on"] = arguments.calibrate.empty() ? Json(nullptr) : Json(arguments.calibrate);
    write_file_atomically(arguments.output / "scores.json", all.dump() + "\n");
    fmt::print("\nevery forecast: {}\nall scores: {}\n", (arguments.output / "results.h5").string(),
               (arguments.output / "scores.json").string());
    std::fflush(stdout);
}

void conclude(const ContestArguments& arguments, Outcome outcome) {
    auto baselines = enter_baselines(arguments, outcome.contest, outcome.series);
    std::ranges::move(baselines, std::back_inserter(outcome.entries));
    if (outcome.entries.empty()) throw ConfigError("--baselines none leaves nothing to evaluate without a run folder");
    auto scores = forecast::score_all(outcome.contest, outcome.entries);
    scores.uncalibrated = std::move(outcome.uncalibrated);
    print(arguments, outcome, scores);
    write(arguments, outcome, scores);
}

/// Moves the model's quantiles by what they missed: in `validation`, forecasts of the calibration's days, or online.
void calibrate(const ContestArguments& arguments, Outcome& outcome, Origins origins, const store::Results& validation) {
    auto& entry = outcome.entries.front();
    const auto ranges = distinct_ranges(arguments);
    outcome.uncalibrated = forecast::judge_quantiles(outcome.contest, entry);
    outcome.attributes["calibrated_on"] = arguments.calibrate;
    if (!arguments.has_calibration_days()) {
        entry = forecast::calibrated_online(entry, outcome.contest, ranges);
        return;
    }
    forecast::Contest kept = outcome.contest;  // the same hours count
    kept.origins = std::move(origins);
    close_after(kept, calibration_days(arguments));
    entry = forecast::calibrated(entry, outcome.contest, forecast::enter(kept, entry.name, validation), kept, ranges);
}

/// From the `days`, which become `origins`. Filled on rank 0. Collective.
store::Results forecast_days(const comm::Communicator& world, Committee& committee, const ContestArguments& arguments,
                             const Days& days, Origins& origins) {
    comm::run_together(world, [&] { origins = origins_of(arguments, committee.furthest().data(), days); });
    return committee.forecast(origins);
}

}  // namespace

void run_contest(const ContestArguments& arguments) {
    check(arguments);
    check_baselines(arguments);
    if (!arguments.calibrate.empty())
        throw ConfigError("--calibrate: baselines have no quantiles; name a run folder as well");
    if (!arguments.with.empty()) throw ConfigError("--with: expected a run folder to average with these as well");
    if (arguments.context_hours > 0)
        throw ConfigError("--context: baselines see what their names say; name a run folder as well");
    store::Series series = read_data(arguments);
    series::Dataset data = series::prepare(series, distinct_ranges(arguments).back().last, {}, arguments.covariates);
    series::keep_hours_of(data, series);
    Outcome outcome{series, contest_of(arguments, series, data, origins_of(arguments, data, test_days(arguments)))};
    outcome.attributes = {{"command", "gridring " + arguments.command},
                          {"git_commit", std::string(git_commit())},
                          {"version", std::string(version())}};
    conclude(arguments, std::move(outcome));
}

void run_contest(const comm::Communicator& world, const std::filesystem::path& folder, ContestArguments arguments) {
    comm::run_together(world, [&] {
        check(arguments);
        check_baselines(arguments);
        if (!arguments.with.empty() && arguments.output.empty())
            throw ConfigError("--with: expected --output DIR: the run's own results.h5 stays that of the run alone");
    });
    if (arguments.output.empty()) arguments.output = folder;
    Committee committee(world, folder, arguments);
    const RunOnFolder& run = committee.furthest();
    const Settings& settings = committee.first().settings();
    if (arguments.calibrate.empty() && settings.calibrates_online) arguments.calibrate = "online";
    if (arguments.calibrate == "none") arguments.calibrate.clear();
    Origins origins, kept;
    store::Results results = forecast_days(world, committee, arguments, test_days(arguments), origins), validation;
    if (arguments.has_calibration_days())
        validation = forecast_days(world, committee, arguments, calibration_days(arguments), kept);
    comm::work_on_root(world, [&] {
        Outcome outcome{run.series(), contest_of(arguments, run.series(), run.data(), origins)};
        outcome.entries.push_back(forecast::enter(outcome.contest, "model", results));
        outcome.attributes = attributes_of(settings);
        outcome.attributes.merge(results.attributes);
        if (committee.size() > 1) fmt::print("model: the mean of {} runs\n", committee.size());
        if (!arguments.calibrate.empty()) calibrate(arguments, outcome, kept, validation);
        results = validation = {};  // of many regions hundreds of megabytes, which the entry holds as well
        conclude(arguments, std::move(outcome));
        if (committee.size() == 1 && std::filesystem::equivalent(arguments.output, settings.folder))
            write_model_card(settings, true);
    });
}

}  // namespace gridring::app
