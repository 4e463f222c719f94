// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/forecast/forecaster.hpp"
#include "gridring/score/comparison.hpp"

/// Forecasts side by side, on the same hours.
namespace gridring::forecast {

/// What is forecast, and what it is judged by.
struct Contest {
    const series::Dataset& data;
    std::vector<std::vector<std::int64_t>> origins;  ///< [region]: indices of the last known hour, increasing
    std::vector<double> truth;                       ///< [region][hour] of the dataset, MW; NaN = does not count
    std::vector<LeadRange> leads;                    ///< judged over each
    std::int64_t training_hours = 0;                 ///< before this hour MASE takes its scale (season 24 h)
};

/// One forecaster's answers.
struct Entry {
    std::string name;
    std::vector<std::vector<float>> forecast;  ///< [region]: [origin][lead] up to the last lead, MW; NaN = none
};
Entry enter(const Contest& contest, const Forecaster& forecaster);

/// Over those hours that every entry has a forecast of.
struct Standing {
    std::string name;
    std::int64_t n = 0;  ///< pairs of origin and lead
    double mape = 0, median_ape = 0, wape = 0, mae_mw = 0, rmse_mw = 0, mase = 0;
    std::vector<double> ape_by_origin;  ///< mean over the leads; NaN where none counts
    score::Comparison against_first;    ///< of ape_by_origin; the first entry's own is empty
};
struct Table {
    LeadRange leads;
    std::string region;
    std::vector<Standing> standings;  ///< by entry
};
/// [range of leads][region]. Lags of the comparison: the further daily origins up to the last lead.
std::vector<std::vector<Table>> judge(const Contest& contest, const std::vector<Entry>& entries);

/// MAPE by region and entry for every range of leads, with the mean over the regions; * where the first entry is better
/// at p < .01, + where it is worse.
std::string to_text(const std::vector<std::vector<Table>>& tables);

}  // namespace gridring::forecast
