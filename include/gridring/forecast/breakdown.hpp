// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/forecast/contest.hpp"

/// When forecasts are good, and everything that a contest says of them in one document.
namespace gridring::forecast {

/// Errors by what the local clock says when the target hour begins.
struct ErrorsBy {
    std::vector<std::int64_t> n;            ///< [key] hours that every entry has a forecast of
    std::vector<std::vector<double>> mape;  ///< [entry][key]; NaN where there is no such hour
};
struct Breakdown {
    ErrorsBy hour;     ///< 0 … 23
    ErrorsBy weekday;  ///< Monday … Sunday
    ErrorsBy month;    ///< January … December
};
/// [range of leads][region], and behind the regions the mean over them.
std::vector<std::vector<Breakdown>> break_down(const Contest& contest, const std::vector<Entry>& entries);

}  // namespace gridring::forecast
