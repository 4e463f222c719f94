// SPDX-License-Identifier: MIT
#include "app/baselines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
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

constexpr int day_ahead_hour = 9;                   // when markets want to know
constexpr forecast::LeadRange day_ahead{15, 38};    // from there, the hours of the next day
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
    if (arguments.is_day_ahead) options.variables.push_back("demand_forecast");
    return extract::import_series(options);
}

/// Of a region: those whose target day lies in [from, to].
std::vector<std::int64_t> origins_of(const BaselineArguments& arguments, const series::Dataset& data,
                                     std::size_t region) {
    const auto from = parse_date(arguments.from, "--from"), to = parse_date(arguments.to, "--to");
    const auto next = std::chrono::year_month_day(std::chrono::sys_days(to) + std::chrono::days{1});
    const std::int64_t begin = midnight_of(data, region, from), end = midnight_of(data, region, next);
    const auto number = static_cast<std::int64_t>(region);
    if (arguments.is_day_ahead)
        return series::daily_origins(data, number, begin - 24, std::min(end - 24, data.hours), day_ahead_hour);
    return series::midnight_origins(data, number, begin + 1, std::min(end + 1, data.hours));
}

forecast::Contest contest_of(const BaselineArguments& arguments, const store::Series& series,
                             const series::Dataset& data) {
    forecast::Contest contest{data, {}, {}, {}, data.hours};
    if (arguments.is_day_ahead) contest.leads = {day_ahead};
    for (const std::int64_t horizon : arguments.horizons)
        if (!arguments.is_day_ahead) contest.leads.push_back({1, horizon});
    for (std::size_t region = 0; region < data.regions.size(); ++region) {
        contest.origins.push_back(origins_of(arguments, data, region));
        const auto& origins = contest.origins.back();
        if (origins.empty() || origins.front() < validation_hours)
            throw DataError(fmt::format("{}: expected hours from {} to {} and years before them, found {} to {}",
                                        data.regions[region], arguments.from, arguments.to, to_string(data.first),
                                        to_string(data.hour_at(data.hours - 1))));
        contest.training_hours = std::min(contest.training_hours, origins.front() + 1);
        const auto truth = truth_of(series, region, arguments.data);
        contest.truth.insert(contest.truth.end(), truth.begin(), truth.end());
    }
    return contest;
}

/// What is learnt apart: the ranges that those judged over are made of.
std::vector<forecast::LeadRange> learnt_ranges(const forecast::Contest& contest) {
    std::vector<forecast::LeadRange> ranges;
    for (const auto& range : contest.leads)
        ranges.push_back({ranges.empty() ? range.first : ranges.back().last + 1, range.last});
    return ranges;
}

std::vector<forecast::Entry> enter_all(const forecast::Contest& contest, const store::Series& series,
                                       const BaselineArguments& arguments) {
    const std::int64_t end = contest.training_hours;
    const forecast::LearningSpan span{0, end - validation_hours, end, arguments.is_day_ahead ? day_ahead_hour : 0};
    const auto ranges = learnt_ranges(contest);
    std::vector<forecast::Entry> entries;
    const auto add = [&](const std::unique_ptr<forecast::Forecaster>& forecaster) {
        entries.push_back(forecast::enter(contest, *forecaster));
        log::info(fmt::format("{} has forecast", forecaster->name()));
    };
    add(forecast::fit_boosting(contest.data, span, ranges, arguments.seed));
    for (const std::int64_t context : {672, 2016}) add(forecast::fit_ridge(contest.data, span, context, ranges));
    if (arguments.is_day_ahead) add(forecast::operator_forecast(series));
    add(forecast::mean_of_four_weeks(contest.data));
    for (const std::int64_t season : {24, 168, 364 * 24}) add(forecast::seasonal_naive(contest.data, season));
    return entries;
}

}  // namespace

void compare_baselines(const BaselineArguments& arguments) {
    const auto& horizons = arguments.horizons;
    if (horizons.empty() || horizons.front() < 1 ||
        std::ranges::adjacent_find(horizons, std::greater_equal<>()) != horizons.end())
        throw ConfigError("--horizons: expected hours in increasing order, such as 24,168,720");
    const store::Series series = read_data(arguments);
    const series::Dataset data = series::prepare(series, arguments.horizons.back());
    const forecast::Contest contest = contest_of(arguments, series, data);
    fmt::print("{}", forecast::to_text(forecast::judge(contest, enter_all(contest, series, arguments))));
    std::fflush(stdout);
}

}  // namespace gridring::app
