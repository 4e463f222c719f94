// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <filesystem>
#include <limits>

#include "gridring/core/hours.hpp"
#include "gridring/store/checkpoint.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/store/series_file.hpp"
#include "gridring/store/sweep_file.hpp"
#include "support/temporary_folder.hpp"

/// Small files with a bit of everything, for the tests of store.
namespace gridring::test {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

/// Two regions, five hours from 2024-03-10T08 (the daylight-saving change of Los Angeles is inside), one gap, one flag.
inline store::Series small_series() {
    store::Series series;
    series.first = *parse_hour("2024-03-10T08");
    series.hours = 5;
    series.regions = {{"PACW", "PacifiCorp West", "America/Los_Angeles"},
                      {"ERCO", "Électricité du Texas", "America/Chicago"}};
    series.flag_names = {"missing", "negative_or_zero", "out_of_range", "3", "4", "5", "6", "7",
                         "8",       "local_demand_down"};
    series.variables.push_back({.name = "demand",
                                .source_code = "D",
                                .long_name = "demand",
                                .units = "MW",
                                .values = {2500, 2400.5, missing, 2300, -4, 41000, 40000, 39000, 38000, 37000},
                                .flags = {0, 0, 1, 0, 2, 512, 0, 0, 0, 0},
                                .cleaned = {2500, 2400.5, missing, 2300, missing, missing, 40000, 39000, 38000, 37000},
                                .cleaning_method = "drop"});
    series.variables.push_back({.name = "demand_forecast",
                                .source_code = "DF",
                                .long_name = "day-ahead demand forecast",
                                .units = "MW",
                                .values = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10},
                                .flags = {},
                                .cleaned = {}});
    series.provenance = {.source = "EIA-930 hourly",
                         .source_url = "https://api.eia.gov/v2/electricity/rto/region-data",
                         .retrieved_at = "2024-03-11T00:00:00Z",
                         .api_version = "2.1.8",
                         .history = "gridring extract configs/extract.yaml"};
    return series;
}

inline store::Checkpoint small_checkpoint() {
    store::Checkpoint checkpoint;
    checkpoint.step = 42;
    checkpoint.parameters = {{"layers.1.weight", {2, 3}, {1, 2, 3, 4, 5, 6}}, {"layers.0.bias", {3}, {-1, 0, 1}}};
    checkpoint.first_moment = checkpoint.second_moment = checkpoint.average = checkpoint.parameters;
    checkpoint.second_moment[0].values[5] = 1e-30f;
    checkpoint.average[1].values[0] = 7;
    checkpoint.fixed = {{"baseline", {1, 2}, {0.5f, -0.5f}}};
    checkpoint.attributes = {{"config", "{\"model\":{\"width\":64}}"}, {"note", ""}};
    checkpoint.training_loss = {1.5, 1.25, 1.125};
    checkpoint.validation_step = {2};
    checkpoint.validation_loss = {1.3};
    return checkpoint;
}

/// Two regions, the second with one origin less; two leads, three quantiles.
inline store::Results small_results() {
    constexpr float none = std::numeric_limits<float>::quiet_NaN();
    const Hour midnight = *parse_hour("2024-01-02T08");
    store::Results results;
    results.regions = {"PACW", "ERCO"};
    results.origins = {{midnight, midnight + std::chrono::hours{24}}, {midnight - std::chrono::hours{2}}};
    results.horizon = 2;
    results.quantiles = {.1, .5, .9};
    for (int i = 0; i < 24; ++i) results.forecast.push_back(i < 18 ? static_cast<float>(100 + i) : none);
    results.actual = {101, 102, 103, none, 105, 106, none, none};
    results.attributes = {{"git_commit", "abc"}, {"command", "gridring evaluate runs/x"}};
    return results;
}

/// The same beside another forecast, with scores.
inline store::Results small_contest() {
    store::Results results = small_results();
    results.names = {"model", "naive-24h"};
    for (int i = 0; i < 16; ++i) results.medians.push_back(static_cast<float>(200 + i));
    results.axes = {{"lead_range", "hours ahead", {"1-2"}}, {"versus", "compared with", results.names}};
    results.scores = {
        {"mape", "mean absolute percentage error", "percent", {"lead_range", "region", "name"}, {1, 2, 3, missing}},
        {"dm_p", "p", "1", {"name", "versus"}, {missing, .25, .25, missing}}};
    return results;
}

/// Two axes, one of numbers.
inline store::SweepTable small_sweep() {
    return {{{"context", "hours", {"168", "672"}}, {"units", "of values", {"ratio", "deviation"}}},
            {{"mape", "mean absolute percentage error", "percent", {"context", "units"}, {1, 2, 3, missing}},
             {"seconds", "of training", "s", {"context"}, {60, 90}}},
            {{"command", "gridring sweep x.yaml"}}};
}

/// NaN equals NaN.
template <class T>
bool same_values(const std::vector<T>& a, const std::vector<T>& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (!(a[i] == b[i] || (std::isnan(a[i]) && std::isnan(b[i])))) return false;
    return true;
}

}  // namespace gridring::test
