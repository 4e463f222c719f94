// SPDX-License-Identifier: MIT
#include "gridring/series/dataset.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/core/fingerprint.hpp"
#include "gridring/series/cleaning.hpp"
#include "gridring/series/flags.hpp"
#include "series/append_covariate.hpp"
#include "series/calendar_features.hpp"

namespace gridring::series {
namespace {

std::size_t cell(const Dataset& data, std::int64_t region, std::int64_t hour) {
    return static_cast<std::size_t>(region * data.hours + hour);
}

bool has(const Dataset& data, std::int64_t hour) { return hour >= 0 && hour < data.hours; }

std::string zone_of(const store::SeriesRegion& region, const std::string& override_zone) {
    if (!override_zone.empty()) return override_zone;
    return region.time_zone.empty() ? std::string(zone_of_respondent(region.code)) : region.time_zone;
}

/// Adds the hours of one region: values, validity, filled values and calendar.
void append_region(Dataset& data, const std::string& code, std::span<const double> mw,
                   std::span<const std::uint16_t> flags) {
    const auto valid_from = data.is_valid.size();
    for (std::size_t t = 0; t < mw.size(); ++t) data.is_valid.push_back(is_good(flags[t]) && !std::isnan(mw[t]));
    if (std::ranges::count(data.is_valid.begin() + static_cast<std::ptrdiff_t>(valid_from), data.is_valid.end(), 1) ==
        0)
        throw DataError(
            fmt::format("the demand of {} has no valid hour between {} and {}; leave the region out, extract it "
                        "again or, where its values are right, set series.screening to none",
                        code, to_string(data.first), to_string(data.hour_at(data.hours - 1))));
    const auto filled = fill_from_past(mw, flags);
    data.actual_mw.insert(data.actual_mw.end(), mw.begin(), mw.end());
    data.filled_mw.insert(data.filled_mw.end(), filled.begin(), filled.end());
    append_calendar(LocalClock(data.time_zones.back()), data.first, data.hours + data.known_ahead, data.calendar,
                    data.special_days);
}

void check_names(const CovariateNames& covariates) {
    auto names = covariates.all();
    names.emplace_back("demand");
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        throw ConfigError(fmt::format(
            "series.known_ahead, known_day_ahead, known_to_origin: expected each variable once, and demand, "
            "which is what is forecast, in none; found {}",
            *twice));
}

/// Up to the last one with demand in any region.
std::int64_t hours_of_demand(const store::Series& series) {
    const auto& values = series.variable("demand").values;
    const auto has_demand = [&](std::int64_t hour) {
        for (std::size_t region = 0; region < series.regions.size(); ++region)
            if (!std::isnan(values[region * static_cast<std::size_t>(series.hours) + static_cast<std::size_t>(hour)]))
                return true;
        return false;
    };
    std::int64_t hours = series.hours;
    while (hours > 1 && !has_demand(hours - 1)) --hours;
    return hours;
}

/// All unknown values alike.
std::uint64_t bits_of(double number) {
    return std::isnan(number) ? ~std::uint64_t{0} : std::bit_cast<std::uint64_t>(number);
}

}  // namespace

bool Dataset::valid(std::int64_t region, std::int64_t hour) const {
    return has(*this, hour) && is_valid[cell(*this, region, hour)] != 0;
}

double Dataset::mw(std::int64_t region, std::int64_t hour) const {
    return has(*this, hour) ? actual_mw[cell(*this, region, hour)] : std::numeric_limits<double>::quiet_NaN();
}

float Dataset::filled(std::int64_t region, std::int64_t hour) const {
    expects(hour < hours, "an hour after the data has no filled value");
    return filled_mw[cell(*this, region, std::max<std::int64_t>(hour, 0))];
}

std::span<const float> Dataset::calendar_of(std::int64_t region, std::int64_t hour) const {
    expects(hour >= 0 && hour < hours + known_ahead, "the calendar of this hour is known");
    return std::span(calendar).subspan(
        static_cast<std::size_t>((region * (hours + known_ahead) + hour) * calendar_width),
        static_cast<std::size_t>(calendar_width));
}

SpecialDay Dataset::special_day_of(std::int64_t region, std::int64_t hour) const {
    expects(hour >= 0 && hour < hours + known_ahead, "the calendar of this hour is known");
    return special_days[static_cast<std::size_t>(region * (hours + known_ahead) + hour)];
}

std::string name_of(Screening screening) { return screening == Screening::causal ? "causal" : "none"; }

Screening parse_screening(const std::string& text) {
    for (const Screening screening : {Screening::causal, Screening::none})
        if (text == name_of(screening)) return screening;
    throw ConfigError(fmt::format("expected causal or none, found '{}'", text));
}

Dataset prepare(const store::Series& series, std::int64_t known_ahead, const std::vector<std::string>& time_zones,
                const CovariateNames& covariates, Screening screening) {
    check_names(covariates);
    if (!time_zones.empty() && time_zones.size() != series.regions.size())
        throw ConfigError(fmt::format("expected one time zone for each of the {} regions (or none at all), found {}",
                                      series.regions.size(), time_zones.size()));
    const store::SeriesVariable& demand = series.variable("demand");
    Dataset data;
    data.first = series.first;
    data.hours = hours_of_demand(series);
    data.known_ahead = known_ahead;
    data.calendar_width = std::ssize(calendar_feature_names());
    const auto row = static_cast<std::size_t>(series.hours), hours = static_cast<std::size_t>(data.hours);
    for (std::size_t region = 0; region < series.regions.size(); ++region) {
        const auto mw = std::span(demand.values).subspan(region * row, hours);
        const bool is_screened = screening == Screening::causal;
        auto flags = is_screened ? screen_causal(mw) : std::vector<std::uint16_t>(hours, good);
        for (std::size_t t = 0; t < hours && is_screened && !demand.flags.empty(); ++t)
            flags[t] = static_cast<std::uint16_t>(flags[t] | (demand.flags[region * row + t] & ~two_sided_flags));
        data.regions.push_back(series.regions[region].code);
        data.time_zones.push_back(zone_of(series.regions[region], time_zones.empty() ? "" : time_zones[region]));
        append_region(data, data.regions.back(), mw, flags);
    }
    for (const auto& name : covariates.known_ahead) append_covariate(data, series, name, true);
    for (const auto& [name, issued] : covariates.known_day_ahead) append_day_ahead(data, series, name, issued);
    for (const auto& name : covariates.known_to_origin) append_covariate(data, series, name, false);
    return data;
}

void append_hours(Dataset& data, std::span<const float> mw) {
    const std::size_t regions = data.regions.size(), before = static_cast<std::size_t>(data.hours);
    const std::size_t count = mw.size() / regions;
    expects(static_cast<std::int64_t>(count) <= data.known_ahead, "the calendar of the appended hours is known");
    const auto extend = [&](auto& values, const auto& value_of) {
        std::remove_reference_t<decltype(values)> longer;
        for (std::size_t region = 0; region < regions; ++region) {
            const auto row = std::span(values).subspan(region * before, before);
            longer.insert(longer.end(), row.begin(), row.end());
            for (const float value : mw.subspan(region * count, count)) longer.push_back(value_of(value));
        }
        values = std::move(longer);
    };
    extend(data.actual_mw, [](float value) { return static_cast<double>(value); });
    extend(data.is_valid, [](float) { return std::uint8_t{1}; });
    extend(data.filled_mw, [](float value) { return value; });
    data.hours += static_cast<std::int64_t>(count);
    data.known_ahead -= static_cast<std::int64_t>(count);
}

std::string fingerprint(const Dataset& data) {
    Fingerprint hash;
    hash.add(static_cast<std::uint64_t>(epoch_hours(data.first)));
    hash.add(static_cast<std::uint64_t>(data.hours));
    for (const std::string& region : data.regions) hash.add(region);
    for (const std::string& zone : data.time_zones) hash.add(zone);
    for (const double mw : data.actual_mw) hash.add(bits_of(mw));
    for (const std::uint8_t valid : data.is_valid) hash.add(static_cast<std::uint64_t>(valid));
    for (const Covariate& covariate : data.covariates) {
        hash.add(covariate.name);
        hash.add(static_cast<std::uint64_t>(covariate.is_known_ahead));
        for (std::size_t at = 0; at < covariate.known_from.size(); ++at)
            if (static_cast<std::int64_t>(at) % (data.hours + data.known_ahead) < data.hours)
                hash.add(static_cast<std::uint64_t>(covariate.known_from[at]));
        for (std::size_t at = 0; at < covariate.values.size(); ++at)  // what is to come is forecast anew every day
            if (static_cast<std::int64_t>(at) % (data.hours + data.known_ahead) < data.hours)
                hash.add(bits_of(static_cast<double>(covariate.values[at])));
    }
    return hash.hex();
}

}  // namespace gridring::series
