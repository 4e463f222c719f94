// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "gridring/series/dataset.hpp"

/// Covariates are told on one scale in all regions and years, since what they do depends on their level: cold and heat
/// both raise demand, and 30 degrees are the same wherever they are met. So the scale is fitted once, on the training
/// span, and kept with the model; a scale of each region's own past would move that level about. Only what is in MW has
/// the size of its region: that is told beside the region's demand.
namespace gridring::series {

/// Sets centre and unit of every covariate: mean and standard deviation over all regions' hours before `end`.
void fit_covariates(Dataset& data, std::int64_t end);

/// The scales as text (JSON), and back. Throws DataError where the text is of other covariates.
std::string describe_scales(const Dataset& data);
void apply_scales(Dataset& data, const std::string& text);

/// Throws DataError naming the hours, unless of every region all that is known ahead is there for the `horizon` hours
/// behind the data. What a region never has is not expected.
void expect_known_ahead(const Dataset& data, std::int64_t horizon);

/// "demand_forecast of CISO" for what is issued a day ahead (append_day_ahead) and was, by the last hour, for some of
/// the `horizon` behind it, while the data has none of it. A forecast from there does without.
std::vector<std::string> absent_day_ahead(const Dataset& data, std::int64_t horizon);

/// Cuts a series to the hours of the dataset that was prepared from it.
void keep_hours_of(const Dataset& data, store::Series& series);

}  // namespace gridring::series
