// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace gridring::model {

/// What the network corrects, where it is more than the same hour of the week before: a linear forecast of every lead
/// from the last hours, fixed before training. It commutes with shift and scale, so that it holds in any units:
/// forecast = mean + Σ weight · (value - mean), the mean being that of the hours it sees.
struct LinearBaseline {
    std::int64_t hours = 0;            ///< that it sees; 0 = there is none
    std::int64_t horizon = 0;          ///< leads 1 … horizon
    std::vector<std::string> regions;  ///< with weights of their own
    std::vector<float> weights;        ///< [1 + regions][horizon][hours], of all regions together first

    bool empty() const { return hours == 0; }
    /// 0, that of all regions together, where the region has no weights of its own.
    std::int64_t map_of(const std::string& region) const;
    /// [hours], the oldest first.
    std::span<const float> weights_of(std::int64_t map, std::int64_t lead) const;
};

/// From a window's values, the oldest first, to one forecast a lead, in the same units. `window` is lost: its mean is
/// taken off.
void predict(const LinearBaseline& baseline, std::int64_t map, std::span<float> window,
             std::span<const std::int64_t> leads, std::span<float> out);

}  // namespace gridring::model
