// SPDX-License-Identifier: MIT
#include "app/baselines.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace gridring::app {
namespace {

constexpr std::int64_t validation_hours = 61 * 24;  ///< before the test, to choose penalties by

enum class Kind { learns, of_operator, naive };
struct Baseline {
    const char* name;
    Kind kind;
    std::int64_t hours;  ///< context or season
};
constexpr Baseline all_baselines[] = {{"boosting", Kind::learns, 0},      {"ridge-672", Kind::learns, 672},
                                      {"ridge-2016", Kind::learns, 2016}, {"operator", Kind::of_operator, 0},
                                      {"4-weeks", Kind::naive, 0},        {"naive-24h", Kind::naive, 24},
                                      {"naive-168h", Kind::naive, 168},   {"naive-364d", Kind::naive, 364 * 24}};

/// Operators forecast the next day; what they would say from midnight is not known.
bool is_asked_for(const ContestArguments& arguments, const Baseline& baseline) {
    if (baseline.kind == Kind::of_operator && !arguments.is_day_ahead()) return false;
    return std::ranges::any_of(arguments.baselines, [&](const std::string& name) {
        return name == "all" || name == baseline.name || (name == "naive" && baseline.kind == Kind::naive);
    });
}

std::unique_ptr<forecast::Forecaster> make(const Baseline& baseline, const ContestArguments& arguments,
                                           const forecast::Contest& contest, const store::Series& series) {
    const auto& data = contest.data;
    const std::string name = baseline.name;
    if (baseline.kind == Kind::learns) {
        const std::int64_t end = contest.training_hours;
        if (end <= validation_hours)
            throw DataError(
                fmt::format("{} learns from the hours before --from and wants years, found {}: give files that begin "
                            "earlier, or --baselines naive",
                            name, end));
        const forecast::LearningSpan span{0, end - validation_hours, end, origin_hour(arguments)};
        const auto ranges = distinct_ranges(arguments);
        if (name == "boosting") return forecast::fit_boosting(data, span, ranges, arguments.seed);
        return forecast::fit_ridge(data, span, baseline.hours, ranges);
    }
    if (baseline.kind == Kind::of_operator) {
        if (std::ranges::find(series.variables, "demand_forecast", &store::SeriesVariable::name) ==
            series.variables.end())
            throw DataError("the files have no column DF, the operators' forecast");
        return forecast::operator_forecast(series);
    }
    if (name == "4-weeks") return forecast::mean_of_four_weeks(data);
    return forecast::seasonal_naive(data, baseline.hours);
}

bool has_forecast(const forecast::Entry& entry) {
    return std::ranges::any_of(entry.forecast, [](const auto& region) {
        return std::ranges::any_of(region, [](float mw) { return !std::isnan(mw); });
    });
}

}  // namespace

void check_baselines(const ContestArguments& arguments) {
    std::vector<std::string> known{"all", "naive", "none"};
    for (const Baseline& baseline : all_baselines) known.emplace_back(baseline.name);
    for (const std::string& name : arguments.baselines)
        if (std::ranges::find(known, name) == known.end())
            throw ConfigError(fmt::format("--baselines: expected {}, found '{}'", fmt::join(known, ", "), name));
}

std::vector<forecast::Entry> enter_baselines(const ContestArguments& arguments, const forecast::Contest& contest,
                                             const store::Series& series) {
    std::vector<forecast::Entry> entries;
    for (const Baseline& baseline : all_baselines) {
        if (!is_asked_for(arguments, baseline)) continue;
        try {
            entries.push_back(forecast::enter(contest, *make(baseline, arguments, contest, series)));
            if (!has_forecast(entries.back())) {
                entries.pop_back();
                throw DataError(fmt::format("{} has no forecast of these days", baseline.name));
            }
        } catch (const DataError& error) {
            const bool is_named = std::ranges::find(arguments.baselines, baseline.name) != arguments.baselines.end();
            if (is_named) throw;
            log::warning(fmt::format("{} is left out: {}", baseline.name, error.what()));
            continue;
        }
        expects(entries.back().name == baseline.name, "a baseline goes by the name that it is asked for by");
        log::info(fmt::format("{} has forecast", baseline.name));
    }
    return entries;
}

}  // namespace gridring::app
