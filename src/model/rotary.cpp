// SPDX-License-Identifier: MIT
#include "model/rotary.hpp"

#include <algorithm>
#include <cmath>

namespace gridring::model {

void Rotary::prepare(attention::Positions positions) {
    if (std::ranges::equal(positions, positions_)) return;
    positions_.assign(positions.begin(), positions.end());
    cosine_.clear(), sine_.clear();
    const std::int64_t half = head_dim_ / 2;
    for (const std::int64_t position : positions_)
        for (std::int64_t d = 0; d < half; ++d) {
            const double turns = std::pow(base_, -static_cast<double>(d) / static_cast<double>(half));
            const double angle = static_cast<double>(position) * turns;  // fp64: positions reach years of hours
            cosine_.push_back(static_cast<float>(std::cos(angle)));
            sine_.push_back(static_cast<float>(std::sin(angle)));
        }
}

void Rotary::rotate(const attention::Heads& x, std::int64_t first, std::int64_t count) const {
    turn(x, first, count, 1.0f);
}
void Rotary::rotate_back(const attention::Heads& x, std::int64_t first, std::int64_t count) const {
    turn(x, first, count, -1.0f);
}

namespace {

/// One row: all heads turn by the same angles. `known` > 0 is the number of pairs as the compiler knows it.
template <std::int64_t known>
void turn_row(float* row, std::int64_t heads, std::int64_t pairs, const float* cosine, const float* sine,
              float direction) {
    const std::int64_t half = known > 0 ? known : pairs;
    for (std::int64_t h = 0; h < heads; ++h) {
        float *first = row + h * 2 * half, *second = first + half;
#pragma omp simd
        for (std::int64_t d = 0; d < half; ++d) {
            const float s = direction * sine[d], u = first[d], w = second[d];
            first[d] = u * cosine[d] - w * s;
            second[d] = u * s + w * cosine[d];
        }
    }
}

}  // namespace

void Rotary::turn(const attention::Heads& x, std::int64_t first, std::int64_t count, float direction) const {
    const std::int64_t half = head_dim_ / 2;
    const auto turn_row_of = half == 8    ? turn_row<8>
                             : half == 16 ? turn_row<16>
                             : half == 32 ? turn_row<32>
                                          : turn_row<0>;
    for (std::int64_t row = first; row < first + count; ++row) {
        const std::int64_t b = row / x.rows, l = row % x.rows;
        turn_row_of(x.data + b * x.batch_stride + l * x.row_stride, x.heads, half,
                    &cosine_[static_cast<std::size_t>(l * half)], &sine_[static_cast<std::size_t>(l * half)],
                    direction);
    }
}

}  // namespace gridring::model
