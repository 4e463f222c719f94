// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/attention/heads.hpp"

namespace gridring::model {

/// Rotary positions (Su et al. 2021) of this rank's rows: pair (d, d + D/2) of every head turns by position ·
/// base^(-2d/D). Scores then depend on distances in time alone, on whatever rank the rows are.
class Rotary {
public:
    Rotary(std::int64_t head_dim, double base) : head_dim_(head_dim), base_(base) {}
    /// Computes the angles of these global positions; cheap when they are the ones it has.
    void prepare(attention::Positions positions);
    /// Rows [first, first + count) of the B·L.
    void rotate(const attention::Heads& x, std::int64_t first, std::int64_t count) const;
    /// The inverse, which takes a gradient of rotate()'s output to one of its input.
    void rotate_back(const attention::Heads& x, std::int64_t first, std::int64_t count) const;

private:
    void turn(const attention::Heads& x, std::int64_t first, std::int64_t count, float direction) const;

    std::int64_t head_dim_;
    double base_;
    std::vector<std::int64_t> positions_;
    std::vector<float> cosine_, sine_;  // L x D/2
};

}  // namespace gridring::model
