// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/store/series_file.hpp"

/// Which hours are not to be trusted. Two screens of demand live side by side:
///
///   screen_published   sees both sides of an hour, as the published screen does. It finds more, and is what series.h5
///                      stores: for whoever studies the past.
///   screen_causal      sees the hour and what came before it. It is what series::prepare asks, so that a forecast
///                      from t knows no more than was known at t; nothing of it is stored.
namespace gridring::series {

/// Bits, several may be set. Stored beside the values, never instead of them. The first six are those of format
/// version 1.
enum Flag : std::uint16_t {
    good = 0,
    missing = 1 << 0,                   ///< no row, or a null value
    negative_or_zero = 1 << 1,          ///< demand <= 0
    out_of_range = 1 << 2,              ///< causal screen: far outside the trailing level
    spike = 1 << 3,                     ///< causal screen: far from what the same hours of the trailing weeks say
    identical_run = 1 << 4,             ///< at least the third identical value in a row
    conflicting = 1 << 5,               ///< the source sent two different values for this hour
    global_demand = 1 << 6,             ///< ten times the median of all hours, or more
    global_demand_plus_minus = 1 << 7,  ///< next to such an hour
    local_demand_up = 1 << 8,           ///< far above the usual day around it
    local_demand_down = 1 << 9,         ///< far below it
    delta = 1 << 10,                    ///< a step there and a step back
    single_delta = 1 << 11,             ///< a step that the usual day does not know
    anomalous_region = 1 << 12,         ///< good by itself, among many that are not
    stub = 1 << 13,                     ///< a forecast that equals the demand to the digit
    revised = 1 << 14,                  ///< the source changed the value since; the hour is good all the same
};

/// Those that look ahead, and so must not reach what a forecast is made from.
inline constexpr std::uint16_t two_sided_flags = global_demand | global_demand_plus_minus | local_demand_up |
                                                 local_demand_down | delta | single_delta | anomalous_region | stub |
                                                 revised;

/// Nothing is known against the hour.
constexpr bool is_good(std::uint16_t flags) { return (flags & ~revised) == 0; }

/// {"missing", …} in bit order, for CF flag_meanings and inspect.
const std::vector<std::string>& flag_names();

/// One region's hourly demand [MW, NaN = missing] as Ruggles et al. 2020 (Sci Data 7:155) screen it: step after step,
/// each blind to the hours that an earlier one took out, so that an hour carries one flag. Global and rolling medians
/// see the whole span: a longer one may flag other hours. O(hours), rolling windows of up to 480 h.
std::vector<std::uint16_t> screen_published(std::span<const double> mw);

/// The same demand judged hour by hour: the flag of hour t depends on hours <= t alone. After the same source, made
/// one-sided: missing, negative_or_zero, out_of_range, spike, identical_run.
std::vector<std::uint16_t> screen_causal(std::span<const double> mw);

/// Flags missing hours only: for quantities that may be zero or negative (forecast, generation, interchange).
std::vector<std::uint16_t> screen_missing(std::span<const double> values);

/// A forecast of `demand`, hour by hour: missing, or a stub. (Of small authorities one hour in a hundred is equal by
/// chance.)
std::vector<std::uint16_t> screen_forecast(std::span<const double> forecast, std::span<const double> demand);

/// The hours of one variable in one region.
struct RegionRow {
    std::string_view variable;
    std::span<const double> values;
    std::span<std::uint16_t> flags;  ///< receives the screen's bits; `conflicting` and `revised` stay as they are
};
/// Of "demand_forecast" and what begins so.
inline bool is_demand_forecast(std::string_view variable) { return variable.starts_with("demand_forecast"); }

/// "demand" by screen_published, its forecasts by screen_forecast where there is a `demand` [hour], the others, or with
/// an empty one, by screen_missing.
void screen_row(const RegionRow& row, std::span<const double> demand);

/// screen_row for every variable and region. Sets the flags of every variable, and the names of the flags.
void screen(store::Series& series);

}  // namespace gridring::series
