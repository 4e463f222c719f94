// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/store/series_file.hpp"

namespace gridring::series {

/// Why an hour is not to be trusted; bits, several may be set. Stored beside the values, never instead of them.
enum Flag : std::uint8_t {
    good = 0,
    missing = 1,       ///< no row, or a null value
    not_positive = 2,  ///< demand <= 0
    out_of_range = 4,  ///< far outside the trailing level
    spike = 8,         ///< far from what the same hours of the trailing weeks say
    repeated = 16,     ///< inside a run of identical values
    conflicting = 32,  ///< the source sent two different values for this hour
};
/// {"missing", …} in bit order, for CF flag_meanings and inspect.
const std::vector<std::string>& flag_names();

/// Screens one region's hourly demand [MW, NaN = missing]. Causal: the flag of hour t depends on hours <= t alone, so
/// that a forecast from t knows no more than was known at t. After Ruggles et al. 2020 (Sci Data 7:155), made
/// one-sided.
std::vector<std::uint8_t> screen_demand(std::span<const double> mw);

/// Flags missing hours only: for quantities that may be zero or negative (forecast, generation, interchange).
std::vector<std::uint8_t> screen_missing(std::span<const double> mw);

/// Sets flags, cleaned values (flagged hours are NaN) and flag names of every variable: screen_demand for "demand",
/// screen_missing for the others. Bits already there (conflicting) are kept.
void screen(store::Series& series);

/// A value for every hour, from the past alone: the value where its flag is 0, else that of 168 h before, else 24 h
/// before, else the last good one; hours before the first good one get that first good value. Used as input next to the
/// validity bit, never as truth.
std::vector<float> fill_from_past(std::span<const double> mw, std::span<const std::uint8_t> flags);

}  // namespace gridring::series
