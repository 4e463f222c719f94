// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/store/series_file.hpp"

/// What stands in for hours that are not to be trusted. Nothing here touches the values as received.
namespace gridring::series {

enum class Cleaning {
    none,
    drop,  ///< NaN
    fill,  ///< fill_from_past
};
std::string name_of(Cleaning method);
/// Throws ConfigError for anything but none, drop and fill.
Cleaning parse_cleaning(const std::string& text);

/// The hours of one region and variable, cleaned; empty for Cleaning::none. A row without one good hour is all NaN.
std::vector<double> clean_region(std::span<const double> values, std::span<const std::uint16_t> flags, Cleaning method);

/// clean_region for every variable and region of a screened series; replaces what was cleaned before. Throws BugError
/// for a variable without flags, unless the method is none.
void clean(store::Series& series, Cleaning method);

/// A value for every hour, from the past alone: the value where it is good, else that of 168 h before, else 24 h
/// before, else the last good one; hours before the first good one get that first good value. Used as input next to the
/// validity bit, never as truth. Throws BugError when no hour is good.
std::vector<float> fill_from_past(std::span<const double> mw, std::span<const std::uint16_t> flags);

}  // namespace gridring::series
