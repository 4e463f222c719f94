// SPDX-License-Identifier: MIT
#include "attention/simd/packed_keys.hpp"

#include <algorithm>
#include <limits>

namespace gridring::attention::simd {
namespace {

constexpr std::int32_t beyond = std::numeric_limits<std::int32_t>::max();

std::int64_t round_up(std::int64_t value, std::int64_t multiple) { return (value + multiple - 1) / multiple * multiple; }

/// Floats between rows: whole vectors, so that the backward pass can add gradients to rows of the same shape.
std::int64_t row_stride(const MicroKernels& kernels, std::int64_t D) { return round_up(D, kernels.lanes); }

/// `position` relative to `base`, kept inside what 32 bits hold with room to spare.
std::int32_t relative(std::int64_t position, std::int64_t base) {
    constexpr std::int64_t limit = std::int64_t{1} << 30;
    return static_cast<std::int32_t>(std::clamp(position - base, -limit, limit));
}

/// The first and the last position that a query at `t` sees; a span of positions that nothing exceeds where the mask
/// sets no limit.
struct Sight {
    std::int64_t lowest, highest;
};
Sight sight(const Mask& mask, std::int64_t t) {
    constexpr std::int64_t far = std::int64_t{1} << 40;
    const std::int64_t reach = mask.window > 0 ? std::min(mask.window - 1, far) : far;
    return {t - reach, mask.is_causal ? t : t + reach};
}

}  // namespace

PackedKeys::PackedKeys(const MicroKernels& kernels, Direction direction, std::int64_t D, std::int64_t capacity,
                       Workspace& memory)
    : direction_(direction), panel_rows_(kernels.rows) {
    const std::int64_t stride = row_stride(kernels, D);
    k_ = memory.take<float>(capacity * stride);
    if (direction == Direction::backward) v_ = memory.take<float>(capacity * stride);
    panels_ = memory.take<float>(round_up(D, panel_rows_) * capacity);
    positions_ = memory.take<std::int32_t>(capacity);
    segments_ = memory.take<std::int32_t>(capacity);
    rows_ = memory.take<std::int64_t>(capacity);
    block_ = {0, D, stride, k_, v_, panels_, capacity, positions_, nullptr};
}

std::size_t PackedKeys::bytes(const MicroKernels& kernels, Direction direction, std::int64_t D, std::int64_t capacity) {
    const std::size_t matrix = Workspace::bytes_of<float>(capacity * row_stride(kernels, D));
    return (direction == Direction::backward ? 2 : 1) * matrix +
           Workspace::bytes_of<float>(round_up(D, kernels.rows) * capacity) +
           2 * Workspace::bytes_of<std::int32_t>(capacity) + Workspace::bytes_of<std::int64_t>(capacity);
}

void PackedKeys::rewind(const KeyValueView& block, std::int64_t b, std::int64_t g, RowRange rows) {
    source_ = &block, b_ = b, g_ = g, left_ = rows;
}

bool PackedKeys::advance() {
    gather_rows();
    if (block_.count == 0) return false;
    copy_rows();
    copy_panels(direction_ == Direction::forward ? source_->v.head(b_, g_) : source_->k.head(b_, g_));
    return true;
}

KeyBlock PackedKeys::part(std::int64_t first, std::int64_t count) const {
    KeyBlock part = block_;
    part.count = count;
    part.k += first * part.row_stride;
    if (part.v) part.v += first * part.row_stride;
    part.panels += first * panel_rows_;
    part.position += first;
    part.segment = has_segments() ? segments_ + first : nullptr;
    return part;
}

void PackedKeys::gather_rows() {
    block_.count = 0;
    for (; left_.begin < left_.end && block_.count < block_.capacity; ++left_.begin)
        if (is_valid(left_.begin)) rows_[block_.count++] = left_.begin;
    const std::int64_t count = block_.count;
    if (count == 0) return;
    base_ = source_->positions[static_cast<std::size_t>(rows_[0])];
    for (std::int64_t i = 0; i < count; ++i)
        positions_[i] = relative(source_->positions[static_cast<std::size_t>(rows_[i])], base_);
    std::fill(positions_ + count, positions_ + std::min(round_up(count, panel_rows_), block_.capacity), beyond);
    if (!has_segments()) return;
    const auto segments = source_->segments.subspan(static_cast<std::size_t>(b_ * source_->k.rows));
    for (std::int64_t i = 0; i < count; ++i) segments_[i] = segments[static_cast<std::size_t>(rows_[i])];
    const auto [smallest, largest] = std::minmax_element(segments_, segments_ + count);
    smallest_segment_ = *smallest, largest_segment_ = *largest;
    std::fill(segments_ + count, segments_ + std::min(round_up(count, panel_rows_), block_.capacity), 0);
}

void PackedKeys::copy_rows() {
    const std::int64_t D = block_.head_dim, stride = block_.row_stride;
    const std::int64_t padded = std::min(round_up(block_.count, panel_rows_), block_.capacity);
    const auto copy = [&](const math::ConstMatrixView& from, float* to) {
        for (std::int64_t i = 0; i < block_.count; ++i) {
            std::copy_n(from.row(rows_[i]), D, to + i * stride);
            std::fill(to + i * stride + D, to + (i + 1) * stride, 0.0F);
        }
        std::fill(to + block_.count * stride, to + padded * stride, 0.0F);
    };
    copy(source_->k.head(b_, g_), k_);
    if (v_) copy(source_->v.head(b_, g_), v_);
}

void PackedKeys::copy_panels(const math::ConstMatrixView& from) {
    const std::int64_t D = block_.head_dim, count = block_.count;
    const std::int64_t padded = std::min(round_up(count, panel_rows_), block_.capacity);
    for (std::int64_t d = 0; d < D; d += panel_rows_) {
        const std::int64_t width = std::min(panel_rows_, D - d);
        float* to = panels_ + d * block_.capacity;
        for (std::int64_t i = 0; i < count; ++i, to += panel_rows_) {
            const float* row = from.row(rows_[i]) + d;
            if (width == 8) {  // a length known to the compiler
                std::copy_n(row, 8, to);
                continue;
            }
            std::copy_n(row, width, to);
            std::fill(to + width, to + panel_rows_, 0.0F);
        }
        std::fill_n(to, (padded - count) * panel_rows_, 0.0F);
    }
}

bool PackedKeys::is_valid(std::int64_t row) const {
    if (source_->validity.empty()) return true;
    const auto at = static_cast<std::size_t>(b_ * validity_stride(source_->k.rows) + row / 8);
    return (source_->validity[at] >> (row % 8) & 1) != 0;
}

TileSight::TileSight(const QueryView& queries, const Mask& mask, std::int64_t b, std::int64_t first,
                     std::int64_t count, std::int64_t width, std::int32_t* memory)
    : queries_(&queries),
      mask_(mask),
      first_(first),
      count_(count),
      width_(width),
      lowest_(memory),
      highest_(memory + width),
      segment_(memory + 2 * width) {
    if (queries.segments.empty()) return;
    const auto own = queries.segments.subspan(static_cast<std::size_t>(b * queries.q.rows + first),
                                              static_cast<std::size_t>(count));
    std::ranges::copy(own, segment_);
    std::fill(segment_ + count, segment_ + width, 0);
    const auto [smallest, largest] = std::ranges::minmax(own);
    smallest_segment_ = smallest, largest_segment_ = largest;
}

KeyRange TileSight::look_at(const PackedKeys& keys, KeyBlock& part) {
    const Sight earliest = sight(mask_, position(0)), latest = sight(mask_, position(count_ - 1));
    const std::int32_t *begin = part.position, *end = begin + part.count;
    const auto at_or_after = [&](std::int64_t position) {
        return std::lower_bound(begin, end, relative(position, keys.base())) - begin;
    };
    KeyRange range{at_or_after(earliest.lowest), at_or_after(latest.highest + 1), at_or_after(latest.lowest),
                   at_or_after(earliest.highest + 1)};
    if (keys.has_segments()) {
        const bool is_apart =
            largest_segment_ < keys.smallest_segment() || keys.largest_segment() < smallest_segment_;
        const bool is_one = smallest_segment_ == largest_segment_ && smallest_segment_ == keys.smallest_segment() &&
                            largest_segment_ == keys.largest_segment();
        if (is_apart) range.end = range.begin;
        if (is_one)
            part.segment = nullptr;
        else
            range.full_end = range.full_begin;
    }
    const bool is_full = range.full_begin == 0 && range.full_end == part.count && part.count % keys.panel_rows() == 0;
    if (!is_full) set_limits(keys.base());
    return range;
}

void TileSight::set_limits(std::int64_t base) {
    for (std::int64_t i = 0; i < width_; ++i) {
        const Sight sees = sight(mask_, position(std::min(i, count_ - 1)));
        lowest_[i] = i < count_ ? relative(sees.lowest, base) : beyond;
        highest_[i] = i < count_ ? relative(sees.highest, base) : -beyond;
    }
}

}  // namespace gridring::attention::simd
