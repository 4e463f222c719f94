// SPDX-License-Identifier: MIT
#include "app/baselines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/extract/import.hpp"
#include "gridring/forecast/contest.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/source/labels.hpp"

namespace gridring::app {
namespace {

constexpr std::int64_t validation_hours = 61 * 24;  ///< before the test, to choose penalties by

std::chrono::year_month_day parse_date(const std::string& text, const char* option) {
    const auto hour = text.size() == std::string_view("2019-01-01").size() ? parse_hour(text) : std::nullopt;
    if (!hour) throw ConfigError(fmt::format("{}: expected a local date such as 2019-01-01, found '{}'", option, text));
    return std::chrono::floor<std::chrono::days>(*hour);
}

/// The index of the hour that ends when the date begins.
std::int64_t midnight_of(const series::Dataset& data, std::size_t region, std::chrono::year_month_day date) {
    const LocalClock clock(data.time_zones[region]);
    return data.index(clock.instant(static_cast<int>(date.year()),
                                    static_cast<int>(static_cast<unsigned>(date.month())),
                                    static_cast<int>(static_cast<unsigned>(date.day())), 0));
}

/// [hour] of one region; NaN = does not count.
std::vector<double> truth_of(const store::Series& series, std::size_t region, const std::filesystem::path& folder) {
    constexpr double none = std::numeric_limits<double>::quiet_NaN();
    const auto& demand = series.variable("demand");
    const auto hours = static_cast<std::size_t>(series.hours);
    const auto value_at = [&](std::size_t hour) { return demand.values[region * hours + hour]; };
    std::vector<double> truth(hours, none);
    for (std::size_t hour = 0; hour < hours; ++hour)
        if (series::is_good(demand.flags[region * hours + hour])) truth[hour] = value_at(hour);
    const std::string& code = series.regions[region].code;
    if (!source::has_labels(folder, code)) return truth;
    const source::Labels labels = source::read_labels(folder, code).value();
    for (const auto& [period, label] : labels) {
        const auto hour = (period - series.first).count();
        if (hour < 0 || hour >= series.hours) continue;
        const auto at = static_cast<std::size_t>(hour);
        truth[at] = label == "OKAY" ? value_at(at) : none;
    }
    return truth;
}

store::Series read_data(const BaselineArguments& arguments) {
    extract::ImportOptions options;
    options.inputs = {arguments.data};
    options.regions = arguments.regions;
    options.variables = {"demand"};
    return extract::import_series(options);
}

forecast::Contest contest_of(const BaselineArguments& arguments, const store::Series& series,
                             const series::Dataset& data) {
    const auto from = parse_date(arguments.from, "--from"), to = parse_date(arguments.to, "--to");
    const auto next = std::chrono::year_month_day(std::chrono::sys_days(to) + std::chrono::days{1});
    forecast::Contest contest{data, {}, {}, arguments.horizons, 0};
    for (std::size_t region = 0; region < data.regions.size(); ++region) {
        const std::int64_t begin = midnight_of(data, region, from) + 1, end = midnight_of(data, region, next) + 1;
        const auto number = static_cast<std::int64_t>(region);
        contest.origins.push_back(series::midnight_origins(data, number, begin, std::min(end, data.hours)));
        if (contest.origins.back().empty())
            throw DataError(fmt::format("{}: expected hours from {} to {}, found {} to {}", data.regions[region],
                                        arguments.from, arguments.to, to_string(data.first),
                                        to_string(data.hour_at(data.hours - 1))));
        contest.training_hours = contest.training_hours == 0 ? begin : std::min(contest.training_hours, begin);
        const auto truth = truth_of(series, region, arguments.data);
        contest.truth.insert(contest.truth.end(), truth.begin(), truth.end());
    }
    return contest;
}

std::vector<forecast::Entry> enter_all(const forecast::Contest& contest, std::uint64_t seed) {
    const std::int64_t end = contest.training_hours, horizon = contest.horizons.back();
    const forecast::LearningSpan span{0, end - validation_hours, end};
    std::vector<forecast::Entry> entries;
    const auto add = [&](const std::unique_ptr<forecast::Forecaster>& forecaster) {
        entries.push_back(forecast::enter(contest, *forecaster));
        log::info(fmt::format("{} has forecast", forecaster->name()));
    };
    add(forecast::fit_boosting(contest.data, span, horizon, seed));
    for (const std::int64_t context : {672, 2016}) add(forecast::fit_ridge(contest.data, span, context, horizon));
    add(forecast::mean_of_four_weeks(contest.data));
    for (const std::int64_t season : {24, 168, 364 * 24}) add(forecast::seasonal_naive(contest.data, season));
    return entries;
}

}  // namespace

void compare_baselines(const BaselineArguments& arguments) {
    if (arguments.horizons.empty() || !std::ranges::is_sorted(arguments.horizons) || arguments.horizons.front() < 1)
        throw ConfigError("--horizons: expected hours in increasing order, such as 24,168,720");
    const store::Series series = read_data(arguments);
    const series::Dataset data = series::prepare(series, arguments.horizons.back());
    const forecast::Contest contest = contest_of(arguments, series, data);
    fmt::print("{}", forecast::to_text(forecast::judge(contest, enter_all(contest, arguments.seed))));
    std::fflush(stdout);
}

}  // namespace gridring::app
