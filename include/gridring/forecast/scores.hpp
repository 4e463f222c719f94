// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "gridring/series/dataset.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::forecast {

/// Errors over one set of hours; every row uses the same hours for the model and both naive forecasts: the actual and
/// the hours 24 and 168 before it are present and unflagged; of leads beyond, the last multiple that is known.
struct ErrorRow {
    int key = 0;  ///< local hour of day 0..23, or lead 1..horizon
    std::int64_t n = 0;
    double mape = 0, mape_naive24 = 0, mape_naive168 = 0;  ///< per cent
    double coverage = 0;                                   ///< of the outermost quantiles, per cent
};

struct RegionScores {
    std::string code, name, time_zone;
    ErrorRow all;
    double mae_mw = 0, rmse_mw = 0;
    std::optional<double> mape_operator;  ///< the operator's own forecast, on those of the same hours where it exists
    std::int64_t n_operator = 0;
    std::vector<ErrorRow> by_hour, by_lead;

    /// Below both naive forecasts.
    bool beats_naive() const { return all.mape < all.mape_naive24 && all.mape < all.mape_naive168; }
};

/// `series` gives region names and, where it has the variable demand_forecast, the operator's forecast.
std::vector<RegionScores> score(const store::Results& results, const series::Dataset& data,
                                const store::Series& series);

/// The table of the terminal: one line a region with n, MAPE of the model and of both naive forecasts on the same
/// hours.
std::string to_text(const std::vector<RegionScores>& scores);
/// scores.json, see docs/data_format.md.
std::string to_json(const std::vector<RegionScores>& scores, const store::Results& results);

}  // namespace gridring::forecast
