// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "gridring/store/results_file.hpp"
#include "gridring/store/series_file.hpp"

/// What the scripts of the page are given, as small as the eye allows: MW in whole numbers, spans cut to what is drawn.
namespace gridring::observe {

/// MW as a chart needs it, to four significant digits of `size` and never finer than a chart shows: whole from 1000 on.
/// null for NaN.
nlohmann::json megawatts(double value, double size);

/// Forecasts beside their actuals, oldest origin first; only the newest when there are more than `max_points` hours:
/// {horizon, band: [.05, .95] or null, origins_in_file, regions: [{code, origins, median, below, above, miss}]}, where
/// below and above are the distances from the median to the band's ends and miss = actual - median, flat
/// [origin][lead].
nlohmann::json evaluation_data(const store::Results& results, std::int64_t max_points = 60'000);

/// The newest origin of every region, with `history_hours` of good actuals before it from `series` (null = none).
nlohmann::json next_day_data(const store::Results& forecast, const store::Series* series,
                             std::int64_t history_hours = 168);

/// Hours carrying each flag, by region and variable: {first, hours, flags: [names], rows: [{region, variable, hours,
/// flagged, counts, days}]}, where days, of demand alone, tells them by UTC day: {any: [day since 1970, hours, …],
/// <flag>: …}.
nlohmann::json quality_data(const store::Series& series);

/// training.json with its long arrays averaged into at most `max_points` bins: training_loss becomes {step, value}.
nlohmann::json training_data(nlohmann::json training, std::int64_t max_points = 400);

/// Numbers to six significant digits, arrays and objects in depth.
nlohmann::json rounded(nlohmann::json document);

}  // namespace gridring::observe
