// SPDX-License-Identifier: MIT
#include "app/hashed_tensors.hpp"

#include <utility>

#include "gridring/core/random.hpp"

namespace gridring::app {
namespace {

void fill(Input input, attention::Positions positions, const attention::Heads& tensor) {
    const auto width = static_cast<std::size_t>(tensor.heads * tensor.head_dim);
    for (std::size_t l = 0; l < positions.size(); ++l) hash_row(input, positions[l], {tensor.data + l * width, width});
}

}  // namespace

void hash_row(Input input, std::int64_t position, std::span<float> row) {
    const std::uint64_t start = mix_seed(static_cast<std::uint64_t>(input), static_cast<std::uint64_t>(position));
    for (std::size_t i = 0; i < row.size(); ++i) {
        // SplitMix64 (see Random), whose numbers are independent of each other: the compiler makes many at once.
        std::uint64_t z = start + (i + 1) * 0x9E3779B97F4A7C15u;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        z ^= z >> 31;
        const auto sum = static_cast<std::int32_t>((z & 0xFFFF) + (z >> 16 & 0xFFFF) + (z >> 32 & 0xFFFF) + (z >> 48));
        row[i] = static_cast<float>(sum - 2 * 0xFFFF) * 2.6429e-5F;  // sqrt(12 / 4) / 65535
    }
}

HashedTensors::HashedTensors(const attention::Shape& shape, attention::Positions positions, bool has_gradient,
                             ring::KeyValueBlock block)
    : shape_(shape), positions_(positions), has_gradient_(has_gradient), block_(std::move(block)) {
    const auto size = [&](std::int64_t heads, std::int64_t width) {
        return static_cast<std::size_t>(rows() * heads * width);
    };
    for (auto* like_queries : {&q_, &out_}) like_queries->resize(size(shape.heads, shape.head_dim));
    lse_.resize(size(shape.heads, 1));
    fill(Input::q, positions_, q());
    fill(Input::k, positions_, block_.k());
    fill(Input::v, positions_, block_.v());
    if (!has_gradient) return;
    for (auto* like_queries : {&out_gradient_, &dq_}) like_queries->resize(q_.size());
    for (auto* like_keys : {&dk_, &dv_}) like_keys->resize(size(shape.kv_heads, shape.head_dim));
    fill(Input::out_gradient, positions_, out_gradient());
}

}  // namespace gridring::app
