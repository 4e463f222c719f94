// SPDX-License-Identifier: MIT
#include "app/contest_setup.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/extract/import.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/source/labels.hpp"

namespace gridring::app {
namespace {

constexpr int day_ahead_hour = 9;                 // when markets want to know
constexpr forecast::LeadRange day_ahead{15, 38};  // from there, the hours of the next day
constexpr const char* operators_forecast = "demand_forecast";
constexpr double none = std::numeric_limits<double>::quiet_NaN();

std::chrono::year_month_day parse_date(const std::string& text, const char* option) {
    const auto hour = text.size() == std::string_view("2019-01-01").size() ? parse_hour(text) : std::nullopt;
    if (!hour) throw ConfigError(fmt::format("{}: expected a local date such as 2019-01-01, found '{}'", option, text));
    return std::chrono::floor<std::chrono::days>(*hour);
}

std::chrono::year_month_day day_after(std::chrono::year_month_day date) {
    return std::chrono::sys_days(date) + std::chrono::days{1};
}

std::string to_text(std::chrono::year_month_day date) {
    return to_string(Hour(std::chrono::sys_days(date))).substr(0, std::string_view("2019-01-01").size());
}

/// The index of the hour that ends when the date begins.
std::int64_t midnight_of(const series::Dataset& data, std::size_t region, std::chrono::year_month_day date) {
    const LocalClock clock(data.time_zones[region]);
    return data.index(clock.instant(date, 0));
}

/// [hour] of one region; NaN = does not count.
std::vector<double> truth_of(const store::Series& series, std::size_t region, const ContestArguments& arguments) {
    const auto& demand = series.variable("demand");
    const auto hours = static_cast<std::size_t>(series.hours);
    const auto value_at = [&](std::size_t hour) { return demand.values[region * hours + hour]; };
    std::vector<double> truth(hours, none);
    for (std::size_t hour = 0; hour < hours; ++hour)
        if (arguments.screening == series::Screening::none || series::is_good(demand.flags[region * hours + hour]))
            truth[hour] = value_at(hour);
    const std::string& code = series.regions[region].code;
    if (!source::has_labels(arguments.data, code)) return truth;
    const source::Labels labels = source::read_labels(arguments.data, code).value();
    for (const auto& [period, label] : labels) {
        const auto hour = (period - series.first).count();
        if (hour < 0 || hour >= series.hours) continue;
        const auto at = static_cast<std::size_t>(hour);
        truth[at] = label == "OKAY" ? value_at(at) : none;
    }
    return truth;
}

store::Series without_operators(extract::ImportOptions options) {
    std::erase(options.variables, operators_forecast);
    return extract::import_series(options);
}

/// These alone, in this order.
void keep_regions(store::Series& series, const std::vector<std::string>& codes) {
    if (codes.empty()) return;
    const auto hours = static_cast<std::size_t>(series.hours);
    std::vector<store::SeriesRegion> regions;
    std::vector<std::size_t> rows;
    for (const auto& code : codes) {
        rows.push_back(static_cast<std::size_t>(series.region_index(code)));
        regions.push_back(series.regions[rows.back()]);
    }
    const auto keep = [&](auto& values) {
        if (values.empty()) return;
        std::remove_reference_t<decltype(values)> kept;
        for (const std::size_t row : rows) {
            const auto of_region = std::span(values).subspan(row * hours, hours);
            kept.insert(kept.end(), of_region.begin(), of_region.end());
        }
        values = std::move(kept);
    };
    for (auto& variable : series.variables) keep(variable.values), keep(variable.flags), keep(variable.cleaned);
    series.regions = std::move(regions);
}

/// Regions that nobody asked for by name and that have nothing to judge by: other files of a folder bring such.
void drop_silent_regions(const ContestArguments& arguments, store::Series& series) {
    if (!arguments.regions.empty() || arguments.from.empty()) return;
    const Days days = test_days(arguments);
    const auto index_of = [&](std::chrono::sys_days day) {
        return std::clamp<std::int64_t>((Hour(day) - series.first).count(), 0, series.hours);
    };
    const std::int64_t begin = index_of(days.first), end = index_of(days.last) + 24;
    const auto& values = series.variable("demand").values;
    std::vector<std::string> kept;
    for (std::size_t region = 0; region < series.regions.size(); ++region) {
        const auto row = std::span(values).subspan(region * static_cast<std::size_t>(series.hours),
                                                   static_cast<std::size_t>(series.hours));
        const bool has_any = std::any_of(row.begin() + begin, row.begin() + std::min(end, series.hours),
                                         [](double mw) { return !std::isnan(mw); });
        if (has_any)
            kept.push_back(series.regions[region].code);
        else
            log::warning(fmt::format("{}: no demand on the days to forecast: left out", series.regions[region].code));
    }
    if (kept.size() < series.regions.size()) keep_regions(series, kept);
}

/// Another program's file may have no flags.
store::Series read_file_of(const ContestArguments& arguments) {
    store::Series series = store::read_series(arguments.data);
    for (const std::string& name : arguments.covariates.all()) series.variable(name);
    keep_regions(series, arguments.regions);
    const auto has_flags = [](const store::SeriesVariable& variable) { return !variable.flags.empty(); };
    if (!std::ranges::all_of(series.variables, has_flags)) series::screen(series);
    return series;
}

/// Files without a column DF, or without a value in it, are as good for all but the operators.
store::Series import_with_operators(const extract::ImportOptions& options) {
    try {
        return extract::import_series(options);
    } catch (const DataError&) {
        return without_operators(options);  // says what is wrong where it is the demand
    }
}

store::Series read_folder(const ContestArguments& arguments) {
    extract::ImportOptions options;
    options.inputs = {arguments.data};
    options.regions = arguments.regions;
    options.variables = arguments.covariates.all();
    const bool is_input = std::ranges::find(options.variables, operators_forecast) != options.variables.end();
    options.variables.emplace_back("demand");
    if (is_input || !arguments.is_day_ahead()) return extract::import_series(options);
    options.variables.emplace_back(operators_forecast);
    return import_with_operators(options);
}

}  // namespace

Days test_days(const ContestArguments& arguments) {
    const Days days{parse_date(arguments.from, "--from"), parse_date(arguments.to, "--to")};
    if (days.last < days.first)
        throw ConfigError(fmt::format("--to {} lies before --from {}", arguments.to, arguments.from));
    return days;
}

Days calibration_days(const ContestArguments& arguments) {
    const std::string& text = arguments.calibrate;
    const auto dots = text.find("..");
    if (dots == std::string::npos)
        throw ConfigError(fmt::format(
            "--calibrate: expected online, none, or two local dates such as 2018-01-01..2018-12-31, found '{}'", text));
    const Days days{parse_date(text.substr(0, dots), "--calibrate"), parse_date(text.substr(dots + 2), "--calibrate")};
    if (days.last < days.first || days.last >= parse_date(arguments.from, "--from"))
        throw ConfigError(fmt::format("--calibrate: expected days in order that end before --from {}, found '{}'",
                                      arguments.from, text));
    return days;
}

void check(const ContestArguments& arguments) {
    const auto& horizons = arguments.horizons;
    if (horizons.empty() || horizons.front() < 1 ||
        std::ranges::adjacent_find(horizons, std::greater_equal<>()) != horizons.end())
        throw ConfigError("--horizons: expected hours in increasing order, such as 24,168,720");
    if (!arguments.compare.empty() && arguments.compare.size() != 2)
        throw ConfigError("--compare: expected the names of two forecasts, such as boosting,ridge-2016");
    test_days(arguments);
    if (arguments.has_calibration_days()) calibration_days(arguments);
}

store::Series read_data(const ContestArguments& arguments) {
    store::Series series =
        std::filesystem::is_directory(arguments.data) ? read_folder(arguments) : read_file_of(arguments);
    drop_silent_regions(arguments, series);
    for (auto& region : series.regions)
        if (!arguments.time_zone.empty() && zone_of_respondent(region.code) == "UTC")
            region.time_zone = LocalClock(arguments.time_zone).zone();
    return series;
}

int origin_hour(const ContestArguments& arguments) { return arguments.is_day_ahead() ? day_ahead_hour : 0; }

std::vector<forecast::LeadRange> distinct_ranges(const ContestArguments& arguments) {
    if (arguments.is_day_ahead()) return {day_ahead};
    std::vector<forecast::LeadRange> ranges;
    for (const std::int64_t horizon : arguments.horizons)
        ranges.push_back({ranges.empty() ? 1 : ranges.back().last + 1, horizon});
    return ranges;
}

std::vector<forecast::LeadRange> whole_ranges(const ContestArguments& arguments) {
    auto ranges = distinct_ranges(arguments);
    for (auto& range : ranges) range.first = ranges.front().first;
    return ranges;
}

Origins origins_of(const ContestArguments& arguments, const series::Dataset& data, const Days& days) {
    const std::int64_t earlier = arguments.is_day_ahead() ? 24 : 0;
    Origins origins;
    for (std::size_t region = 0; region < data.regions.size(); ++region) {
        const std::int64_t begin = midnight_of(data, region, days.first) - earlier,
                           end = midnight_of(data, region, day_after(days.last)) - earlier;
        origins.push_back(series::daily_origins(data, static_cast<std::int64_t>(region), begin,
                                                std::min(end, data.hours - 1), origin_hour(arguments)));
        if (begin < 0 || origins.back().empty())
            throw DataError(fmt::format("{}: expected hours from {} to {} and before them, found {} to {}",
                                        data.regions[region], to_text(days.first), to_text(days.last),
                                        to_string(data.first), to_string(data.hour_at(data.hours - 1))));
    }
    return origins;
}

forecast::Contest contest_of(const ContestArguments& arguments, const store::Series& series,
                             const series::Dataset& data, Origins origins) {
    forecast::Contest contest{data, std::move(origins), {}, whole_ranges(arguments), data.hours};
    for (const auto& range : distinct_ranges(arguments))
        if (std::ranges::find(contest.leads, range) == contest.leads.end()) contest.leads.push_back(range);
    for (std::size_t region = 0; region < data.regions.size(); ++region) {
        contest.training_hours = std::min(contest.training_hours, contest.origins[region].front() + 1);
        const auto truth = truth_of(series, region, arguments);
        contest.truth.insert(contest.truth.end(), truth.begin(), truth.end());
    }
    return contest;
}

void close_after(forecast::Contest& contest, const Days& days) {
    for (std::size_t region = 0; region < contest.origins.size(); ++region)
        for (auto hour = midnight_of(contest.data, region, day_after(days.last)) + 1; hour < contest.data.hours; ++hour)
            contest.truth[region * static_cast<std::size_t>(contest.data.hours) + static_cast<std::size_t>(hour)] =
                none;
}

}  // namespace gridring::app
