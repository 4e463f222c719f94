// SPDX-License-Identifier: MIT
#include "app/attend_output.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <numeric>

#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

constexpr std::int64_t slab_values = std::int64_t{4} << 20;  // 16 MiB

/// Rows of one rank whose positions lie in a slab of time.
struct RowRange {
    std::int64_t first, end;
    std::int64_t count() const { return end - first; }
};

RowRange rows_in(std::span<const std::int64_t> positions, std::int64_t begin, std::int64_t end) {
    const auto row_of = [&](std::int64_t t) { return std::ranges::lower_bound(positions, t) - positions.begin(); };
    return {row_of(begin), row_of(end)};
}

/// A tensor as outer x time x inner.
struct Folded {
    Folded(const std::vector<std::int64_t>& shape, std::size_t axis) {
        const auto cut = shape.begin() + static_cast<std::ptrdiff_t>(axis);
        outer = std::accumulate(shape.begin(), cut, std::int64_t{1}, std::multiplies<>());
        inner = std::accumulate(cut + 1, shape.end(), std::int64_t{1}, std::multiplies<>());
    }
    std::int64_t outer, inner;
};

/// outer x range x inner out of outer x rows x inner.
std::vector<float> cut(std::span<const float> values, const Folded& folded, std::int64_t rows, const RowRange& range) {
    std::vector<float> piece;
    piece.reserve(static_cast<std::size_t>(folded.outer * range.count() * folded.inner));
    for (std::int64_t o = 0; o < folded.outer; ++o) {
        const float* begin = values.data() + (o * rows + range.first) * folded.inner;
        piece.insert(piece.end(), begin, begin + range.count() * folded.inner);
    }
    return piece;
}

/// The pieces of all ranks, in rank order, become the slab outer x [begin, end) x inner.
std::vector<float> weave(std::span<const float> pieces, const Folded& folded, const ring::Partition& partition,
                         std::int64_t begin, std::int64_t end) {
    std::vector<float> slab(pieces.size());
    const float* from = pieces.data();
    for (int rank = 0; rank < partition.ranks(); ++rank) {
        const auto positions = partition.positions(rank);
        const RowRange range = rows_in(positions, begin, end);
        for (std::int64_t o = 0; o < folded.outer; ++o)
            for (std::int64_t row = range.first; row < range.end; ++row, from += folded.inner) {
                const std::int64_t t = positions[static_cast<std::size_t>(row)] - begin;
                std::copy_n(from, folded.inner, slab.data() + (o * (end - begin) + t) * folded.inner);
            }
    }
    return slab;
}

}  // namespace

void write_spread(const comm::Communicator& world, store::TensorWriter* file, const store::TensorPlan& plan,
                  std::size_t time_axis, const ring::Partition& partition, std::span<const float> mine) {
    const Folded folded(plan.shape, time_axis);
    const auto positions = partition.positions(world.rank());
    const auto rows = std::ssize(positions);
    expects(std::ssize(mine) == folded.outer * rows * folded.inner, plan.name + " is spread by the partition");
    const std::int64_t step =
        std::max<std::int64_t>(1, slab_values / std::max<std::int64_t>(1, folded.outer * folded.inner));
    for (std::int64_t begin = 0; begin < partition.steps(); begin += step) {
        const std::int64_t end = std::min(begin + step, partition.steps());
        const auto pieces = world.gather(cut(mine, folded, rows, rows_in(positions, begin, end)));
        comm::run_together(world, [&] {
            if (!world.is_root()) return;
            file->write(plan.name, time_axis, begin, end - begin, weave(pieces, folded, partition, begin, end));
        });
    }
}

}  // namespace gridring::app
