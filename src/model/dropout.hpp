// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>

#include "gridring/core/random.hpp"

namespace gridring::model {

/// Inverted dropout (Srivastava et al. 2014) whose mask follows from a key and the column alone: the same on whatever
/// rank a row lies and however often it is made, so that backward needs not keep it. The rate counts in 256ths.
class Dropout {
public:
    explicit Dropout(double rate)
        : dropped_(static_cast<std::uint64_t>(std::lround(256 * rate))),
          scale_(256.0f / static_cast<float>(256 - dropped_)) {}

    bool is_on() const { return dropped_ > 0; }

    /// Zeroes some of the row's values and scales the others: x on the way forward, dx on the way back.
    void apply(std::uint64_t key, float* row, std::int64_t cols) const {
        Random random(key);
        for (std::int64_t first = 0; first < cols; first += 8) {
            std::uint64_t bytes = random.bits();
            const std::int64_t end = first + 8 < cols ? first + 8 : cols;
            for (std::int64_t c = first; c < end; ++c, bytes >>= 8) row[c] *= (bytes & 0xFF) < dropped_ ? 0.0f : scale_;
        }
    }

private:
    std::uint64_t dropped_;
    float scale_;
};

}  // namespace gridring::model
