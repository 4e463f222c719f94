// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "gridring/attention/heads.hpp"

namespace gridring::ring {

/// How many (query, key) pairs of T steps a mask lets through. In closed form: exact below 2^53 pairs.
class PairCount {
public:
    PairCount(std::int64_t steps, const attention::Mask& mask)
        : steps_(steps),
          is_causal_(mask.is_causal),
          reach_(mask.window == 0 ? steps : std::min(mask.window, steps)) {}  // keys on one side, the own included

    /// Pairs of the query at step t.
    double of(std::int64_t t) const {
        const std::int64_t past = std::min(t + 1, reach_), future = std::min(steps_ - t, reach_) - 1;
        return static_cast<double>(is_causal_ ? past : past + future);
    }
    /// Pairs of the queries before step t.
    double before(std::int64_t t) const {
        const double past = of_first(t);
        if (is_causal_) return past;
        return past + of_first(steps_) - of_first(steps_ - t) - static_cast<double>(t);
    }
    /// The step before which there are closest to `pairs` pairs.
    std::int64_t step_at(double pairs) const {
        std::int64_t low = 0, high = steps_;  // before(low) <= pairs
        while (high - low > 1) {
            const std::int64_t middle = low + (high - low) / 2;
            (before(middle) <= pairs ? low : high) = middle;
        }
        return pairs - before(low) < before(high) - pairs ? low : high;
    }

private:
    /// Sum over the first t steps of how many of them lie within reach behind, the own included.
    double of_first(std::int64_t t) const {
        const double ramp = static_cast<double>(std::min(t, reach_)), flat = static_cast<double>(t) - ramp;
        return ramp * (ramp + 1) / 2 + flat * static_cast<double>(reach_);
    }

    std::int64_t steps_;
    bool is_causal_;
    std::int64_t reach_;
};

}  // namespace gridring::ring
