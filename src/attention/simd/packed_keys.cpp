// SPDX-License-Identifier: MIT
#include "attention/simd/packed_keys.hpp"

#include <algorithm>
#include <limits>

namespace gridring::attention::simd {
namespace {

constexpr std::int64_t rows_ahead = 8;
constexpr std::int32_t beyond = std::numeric_limits<std::int32_t>::max();

std::int64_t round_up(std::int64_t value, std::int64_t multiple) {
    return (value + multiple - 1) / multiple * multiple;
}

/// Floats between rows: whole vectors, so that the backward pass can add gradients to rows of the same shape.
std::int64_t row_stride(const MicroKernels& kernels, std::int64_t D) { return round_up(D, kernels.lanes); }

/// Not a power of two apart: the panels are written side by side, and would meet in one set of the cache.
std::int64_t panel_stride(const MicroKernels& kernels, std::int64_t capacity) { return kernels.rows * capacity + 16; }

constexpr std::int64_t far = std::int64_t{1} << 30;
/// `position` relative to `base`, kept inside what 32 bits hold with room to spare.
std::int32_t relative(std::int64_t position, std::int64_t base) {
    return static_cast<std::int32_t>(std::clamp(position - base, -far, far));
}

/// The first and the last position that a query at `t` sees; a span of positions that nothing exceeds where the mask
/// sets no limit.
struct Sight {
    std::int64_t lowest, highest;
};
Sight sight(const Mask& mask, std::int64_t t) {
    const std::int64_t reach = mask.window > 0 ? mask.reach() - 1 : Mask::farthest;
    return {t - reach, mask.is_causal ? t : t + reach};
}

}  // namespace

PackedKeys::PackedKeys(const MicroKernels& kernels, Direction direction, std::int64_t D, std::int64_t capacity,
                       Workspace& memory)
    : kernels_(kernels), direction_(direction), capacity_(capacity), panel_rows_(kernels.rows) {
    const std::int64_t stride = row_stride(kernels, D);
    k_ = memory.take<float>(capacity * stride);
    if (direction == Direction::backward) v_ = memory.take<float>(capacity * stride);
    panels_ = memory.take<float>(round_up(D, panel_rows_) / panel_rows_ * panel_stride(kernels, capacity));
    positions_ = memory.take<std::int32_t>(capacity);
    segments_ = memory.take<std::int32_t>(capacity);
    rows_ = memory.take<std::int64_t>(capacity);
    block_ = {0, D, stride, k_, v_, panels_, panel_stride(kernels, capacity), positions_, nullptr};
}

std::size_t PackedKeys::bytes(const MicroKernels& kernels, Direction direction, std::int64_t D, std::int64_t capacity) {
    const std::size_t matrix = Workspace::bytes_of<float>(capacity * row_stride(kernels, D));
    return (direction == Direction::backward ? 2 : 1) * matrix +
           Workspace::bytes_of<float>(round_up(D, kernels.rows) / kernels.rows * panel_stride(kernels, capacity)) +
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
    if (bf16_) narrow();
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
    for (; left_.begin < left_.end && block_.count < capacity_; ++left_.begin) {
        if (!is_valid(left_.begin)) continue;
        const std::int64_t position = source_->positions[static_cast<std::size_t>(left_.begin)];
        if (block_.count == 0) base_ = position;
        if (position - base_ >= far) break;  // another block's
        positions_[block_.count] = relative(position, base_);
        rows_[block_.count++] = left_.begin;
    }
    const std::int64_t count = block_.count;
    if (count == 0) return;
    std::fill(positions_ + count, positions_ + std::min(round_up(count, panel_rows_), capacity_), beyond);
    if (!has_segments()) return;
    const auto segments = source_->segments.subspan(static_cast<std::size_t>(b_ * source_->k.rows));
    for (std::int64_t i = 0; i < count; ++i) segments_[i] = segments[static_cast<std::size_t>(rows_[i])];
    const auto [smallest, largest] = std::minmax_element(segments_, segments_ + count);
    smallest_segment_ = *smallest, largest_segment_ = *largest;
    std::fill(segments_ + count, segments_ + std::min(round_up(count, panel_rows_), capacity_), 0);
}

/// Rows of a tensor of several heads lie too far apart for the hardware to foresee.
void PackedKeys::prefetch(const math::ConstMatrixView& from, std::int64_t i) const {
    if (i >= block_.count) return;
    const float* row = from.row(rows_[i]);
    for (std::int64_t d = 0; d < from.cols; d += 16) __builtin_prefetch(row + d);
}

void PackedKeys::copy_rows() {
    const std::int64_t D = block_.head_dim, stride = block_.row_stride;
    const std::int64_t padded = std::min(round_up(block_.count, panel_rows_), capacity_);
    const auto copy = [&](const math::ConstMatrixView& from, float* to) {
        for (std::int64_t i = 0; i < block_.count; ++i) {
            prefetch(from, i + rows_ahead);
            kernels_.copy_rows(from.row(rows_[i]), 0, 1, D, to + i * stride, stride, 1);
        }
        std::fill(to + block_.count * stride, to + padded * stride, 0.0F);
    };
    copy(source_->k.head(b_, g_), k_);
    if (v_) copy(source_->v.head(b_, g_), v_);
}

void PackedKeys::copy_panels(const math::ConstMatrixView& from) {
    const std::int64_t D = block_.head_dim, whole = D / panel_rows_;
    const std::int64_t padded = std::min(round_up(block_.count, panel_rows_), capacity_);
    for (std::int64_t i = 0; i < padded; ++i) {
        float* to = panels_ + i * panel_rows_;
        if (i >= block_.count) {
            for (std::int64_t d = 0; d < D; d += panel_rows_, to += block_.panel_stride)
                std::fill_n(to, panel_rows_, 0.0F);
            continue;
        }
        prefetch(from, i + rows_ahead);
        const float* row = from.row(rows_[i]);
        if (panel_rows_ == 8)  // a length known to the compiler
            for (std::int64_t panel = 0; panel < whole; ++panel)
                std::copy_n(row + panel * 8, 8, to + panel * block_.panel_stride);
        else
            for (std::int64_t panel = 0; panel < whole; ++panel)
                std::copy_n(row + panel * panel_rows_, panel_rows_, to + panel * block_.panel_stride);
        if (whole * panel_rows_ == D) continue;
        to += whole * block_.panel_stride;
        std::fill_n(std::copy(row + whole * panel_rows_, row + D, to), (whole + 1) * panel_rows_ - D, 0.0F);
    }
}

void PackedKeys::narrow() {
    const std::int64_t padded = std::min(round_up(block_.count, panel_rows_), capacity_);
    for (std::int64_t i = 0; i < padded; ++i) bf16_->narrow(k_ + i * block_.row_stride, block_.row_stride);
    for (std::int64_t d = 0; d < block_.head_dim; d += panel_rows_)
        bf16_->pair_rows(panels_ + d / panel_rows_ * block_.panel_stride, panel_rows_, padded / 2);
}

bool PackedKeys::is_valid(std::int64_t row) const {
    if (source_->validity.empty()) return true;
    const auto at = static_cast<std::size_t>(b_ * validity_stride(source_->k.rows) + row / 8);
    return (source_->validity[at] >> (row % 8) & 1) != 0;
}

std::int64_t end_of_tile(Positions positions, std::int64_t first, std::int64_t end, std::int64_t most) {
    constexpr std::int64_t jump = 1024;
    const auto at = [&](std::int64_t i) { return positions[static_cast<std::size_t>(i)]; };
    end = std::min(end, first + most);
    if (at(end - 1) - at(first) <= jump) return end;
    for (std::int64_t i = first + 1; i < end; ++i)
        if (at(i) - at(i - 1) > jump) return i;
    return end;
}

TileSight::TileSight(const QueryView& queries, const Mask& mask, std::int64_t b, std::int64_t first, std::int64_t count,
                     std::int64_t width, std::int32_t* memory)
    : queries_(&queries),
      mask_(mask),
      first_(first),
      count_(count),
      width_(width),
      lowest_(memory),
      highest_(memory + width),
      segment_(memory + 2 * width) {
    if (queries.segments.empty()) return;
    const auto own =
        queries.segments.subspan(static_cast<std::size_t>(b * queries.q.rows + first), static_cast<std::size_t>(count));
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
        const bool is_apart = largest_segment_ < keys.smallest_segment() || keys.largest_segment() < smallest_segment_;
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
