// SPDX-License-Identifier: MIT
#include "gridring/series/cleaning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"

namespace gridring::series {
namespace {

constexpr std::size_t week = 168, day = 24;  // [h]

std::vector<bool> good_hours(std::span<const double> values, std::span<const std::uint16_t> flags) {
    expects(values.size() == flags.size(), "every hour has its flag");
    std::vector<bool> hours(values.size());
    for (std::size_t t = 0; t < values.size(); ++t) hours[t] = is_good(flags[t]) && !std::isnan(values[t]);
    return hours;
}

/// The hour whose value each hour gets; one good hour at least.
std::vector<std::size_t> past_sources(const std::vector<bool>& is_good_hour) {
    auto last_good = static_cast<std::size_t>(std::ranges::find(is_good_hour, true) - is_good_hour.begin());
    std::vector<std::size_t> sources(is_good_hour.size());
    for (std::size_t t = 0; t < sources.size(); ++t)
        if (is_good_hour[t])
            sources[t] = last_good = t;
        else if (t >= week && is_good_hour[t - week])
            sources[t] = t - week;
        else if (t >= day && is_good_hour[t - day])
            sources[t] = t - day;
        else
            sources[t] = last_good;
    return sources;
}

std::vector<double> drop_flagged(std::span<const double> values, const std::vector<bool>& is_good_hour) {
    std::vector<double> kept(values.begin(), values.end());
    for (std::size_t t = 0; t < kept.size(); ++t)
        if (!is_good_hour[t]) kept[t] = std::numeric_limits<double>::quiet_NaN();
    return kept;
}

}  // namespace

std::string name_of(Cleaning method) {
    return method == Cleaning::drop ? "drop" : method == Cleaning::fill ? "fill" : "none";
}

Cleaning parse_cleaning(const std::string& text) {
    for (const auto method : {Cleaning::none, Cleaning::drop, Cleaning::fill})
        if (name_of(method) == text) return method;
    throw ConfigError("expected none, drop or fill, found '" + text + "'");
}

std::vector<double> clean_region(std::span<const double> values, std::span<const std::uint16_t> flags,
                                 Cleaning method) {
    if (method == Cleaning::none) return {};
    const auto is_good_hour = good_hours(values, flags);
    if (method == Cleaning::drop || std::ranges::find(is_good_hour, true) == is_good_hour.end())
        return drop_flagged(values, is_good_hour);
    std::vector<double> filled(values.size());
    std::ranges::transform(past_sources(is_good_hour), filled.begin(), [&](std::size_t t) { return values[t]; });
    return filled;
}

void clean(store::Series& series, Cleaning method) {
    const auto hours = static_cast<std::size_t>(series.hours);
    for (store::SeriesVariable& variable : series.variables) {
        variable.cleaned.clear();
        variable.cleaning_method = method == Cleaning::none ? "" : name_of(method);
        if (method == Cleaning::none) continue;
        expects(variable.flags.size() == variable.values.size(), variable.name + " is screened before it is cleaned");
        for (std::size_t begin = 0; begin < variable.values.size(); begin += hours) {
            const auto row = clean_region(std::span(variable.values).subspan(begin, hours),
                                          std::span(variable.flags).subspan(begin, hours), method);
            variable.cleaned.insert(variable.cleaned.end(), row.begin(), row.end());
        }
    }
}

std::vector<float> fill_from_past(std::span<const double> mw, std::span<const std::uint16_t> flags) {
    const auto is_good_hour = good_hours(mw, flags);
    expects(mw.empty() || std::ranges::find(is_good_hour, true) != is_good_hour.end(), "at least one hour is good");
    std::vector<float> filled(mw.size());
    std::ranges::transform(past_sources(is_good_hour), filled.begin(),
                           [&](std::size_t t) { return static_cast<float>(mw[t]); });
    return filled;
}

}  // namespace gridring::series
