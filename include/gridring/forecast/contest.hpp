// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gridring/forecast/forecaster.hpp"
#include "gridring/score/comparison.hpp"
#include "gridring/store/results_file.hpp"

/// Forecasts side by side, on the same hours.
namespace gridring::forecast {

/// What is forecast, and what it is judged by.
struct Contest {
    const series::Dataset& data;
    std::vector<std::vector<std::int64_t>> origins;  ///< [region]: indices of the last known hour, increasing
    std::vector<double> truth;                       ///< [region][hour] of the dataset, MW; NaN = does not count
    std::vector<LeadRange> leads;                    ///< judged over each
    std::int64_t training_hours = 0;                 ///< before this hour MASE takes its scale (season 24 h)

    /// Of any of the ranges: the extent of the lead axes below.
    std::int64_t last_lead() const;
};

/// One forecaster's answers, MW; NaN = none.
struct Entry {
    std::string name;
    std::vector<std::vector<float>> forecast;   ///< [region]: [origin][lead] up to the last lead
    std::vector<double> levels;                 ///< of its quantiles, increasing; empty = it has none
    std::vector<std::vector<float>> quantiles;  ///< [region]: [origin][lead][level]
};
Entry enter(const Contest& contest, const Forecaster& forecaster);
/// Medians and quantiles of a backtest over the contest's origins, up to its last lead; a horizon that is shorter is a
/// broken precondition.
Entry enter(const Contest& contest, std::string name, const store::Results& results);

/// Over those hours that every entry has a forecast of. One that has none at all of a region takes no part there: n =
/// 0, all scores NaN, so that its mean over the regions, which the others' could not be compared with, is NaN as well.
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

/// The regions as one, each with the same weight: means of their scores, and errors of a day's forecasts averaged over
/// those regions that have them, compared as such: days do not become more by having many regions. The tables' first
/// origins are of the same day.
Table mean_of(const std::vector<Table>& regions);

/// Two of a table's entries, first less second, by Diebold & Mariano on ape_by_origin.
score::Comparison compare(const Table& table, std::size_t first, std::size_t second);

/// MAPE by region and entry for every range of leads, with the mean over the regions; * where the first entry is better
/// at p < .01, + where it is worse. Below it the means of the other errors.
std::string to_text(const std::vector<std::vector<Table>>& tables);

/// Is `first` better than `second` over one range, [region], by how much, and was it luck: one line. Throws ConfigError
/// for a name that is no entry's.
std::string compare_text(const std::vector<Table>& of_range, const std::string& first, const std::string& second);

/// The entry with the least mean MAPE behind the first; empty where no other has one.
std::string best_of_others(const std::vector<Table>& of_range);

}  // namespace gridring::forecast
