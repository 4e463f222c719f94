// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/reference.hpp"
#include "gridring/core/random.hpp"

namespace gridring::test {

/// N(0, spread) values that are exact in fp32, so that the oracle and the kernel get the same numbers.
inline std::vector<double> normal(std::int64_t size, std::uint64_t seed, double spread = 1) {
    Random random(seed);
    std::vector<double> values(static_cast<std::size_t>(size));
    for (double& value : values) value = static_cast<float>(spread * random.normal());
    return values;
}

inline std::vector<float> to_float(std::span<const double> values) {
    std::vector<float> result;
    for (const double value : values) result.push_back(static_cast<float>(value));
    return result;
}

/// Random tensors of T steps. `query_spread` 30 gives peaky logits. `hole_share` of the keys are missing.
inline attention::reference::Problem random_problem(const attention::Shape& shape, std::int64_t steps, bool is_causal,
                                                    std::uint64_t seed, double query_spread = 1,
                                                    double hole_share = 0) {
    attention::reference::Problem problem{shape, steps, {is_causal}, {}, {}, {}, {}, {}};
    const std::int64_t per_head = shape.batch * steps * shape.head_dim;
    problem.q = normal(per_head * shape.heads, mix_seed(seed, 1), query_spread);
    problem.k = normal(per_head * shape.kv_heads, mix_seed(seed, 2));
    problem.v = normal(per_head * shape.kv_heads, mix_seed(seed, 3));
    if (hole_share > 0) {
        Random random(mix_seed(seed, 4));
        for (std::int64_t i = 0; i < shape.batch * steps; ++i)
            problem.is_valid.push_back(random.uniform() >= hole_share);
    }
    return problem;
}

/// Ids of packed sequences [batch][T], other ones in every batch: runs of random length, mean `mean_run`, whose ids
/// grow; or, `is_mixed`, four ids drawn anew at every step.
inline std::vector<std::int32_t> random_segments(std::int64_t batch, std::int64_t steps, std::uint64_t seed,
                                                 double mean_run, bool is_mixed = false) {
    Random random(seed);
    std::vector<std::int32_t> ids;
    for (std::int64_t b = 0; b < batch; ++b) {
        auto id = static_cast<std::int32_t>(-b);
        for (std::int64_t t = 0; t < steps; ++t) {
            if (is_mixed)
                id = static_cast<std::int32_t>(4 * random.uniform()) - 1;
            else if (random.uniform() * mean_run < 1)
                id += 3;
            ids.push_back(id);
        }
    }
    return ids;
}

/// Rows at `positions` of a dense tensor [batch][T][width].
template <class T>
std::vector<float> rows_at(const std::vector<T>& tensor, std::int64_t batch, std::int64_t width,
                           attention::Positions positions) {
    const std::int64_t steps = batch * width == 0 ? 0 : static_cast<std::int64_t>(tensor.size()) / (batch * width);
    std::vector<float> rows;
    for (std::int64_t b = 0; b < batch; ++b)
        for (const std::int64_t t : positions)
            for (std::int64_t i = 0; i < width; ++i)
                rows.push_back(static_cast<float>(tensor[static_cast<std::size_t>((b * steps + t) * width + i)]));
    return rows;
}

/// Columns at `positions` of a dense [outer][T].
template <class T>
std::vector<T> columns_at(const std::vector<T>& values, std::int64_t outer, attention::Positions positions) {
    const std::int64_t steps = outer == 0 ? 0 : static_cast<std::int64_t>(values.size()) / outer;
    std::vector<T> result;
    for (std::int64_t i = 0; i < outer; ++i)
        for (const std::int64_t t : positions) result.push_back(values[static_cast<std::size_t>(i * steps + t)]);
    return result;
}

/// Writes the bits of `is_valid` [batch][T] at `positions`; all valid when `is_valid` is empty.
inline void set_validity(const std::vector<std::uint8_t>& is_valid, std::int64_t batch, attention::Positions positions,
                         std::span<std::uint8_t> bits) {
    const auto rows = static_cast<std::int64_t>(positions.size());
    std::ranges::fill(bits, std::uint8_t{0xFF});
    const auto valid = is_valid.empty() ? std::vector<std::uint8_t>{} : columns_at(is_valid, batch, positions);
    for (std::int64_t i = 0; i < static_cast<std::int64_t>(valid.size()); ++i) {
        const std::int64_t b = i / rows, l = i % rows;
        auto& byte = bits[static_cast<std::size_t>(b * attention::validity_stride(rows) + l / 8)];
        if (valid[static_cast<std::size_t>(i)] == 0) byte = static_cast<std::uint8_t>(byte & ~(1U << (l % 8)));
    }
}

/// The fp32 backends of this machine, each once.
inline std::vector<const attention::Backend*> backends() {
    const attention::Backend *eigen = &attention::eigen_backend(), *simd = &attention::simd_backend();
    return eigen == simd ? std::vector{eigen} : std::vector{eigen, simd};
}

}  // namespace gridring::test
