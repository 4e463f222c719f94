// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "attention/simd/bf16.hpp"
#include "attention/simd/micro_kernels.hpp"
#include "attention/simd/workspace.hpp"
#include "attention/visibility.hpp"
#include "gridring/attention/block_kernel.hpp"

namespace gridring::attention::simd {

/// Which copies a pass needs.
enum class Direction { forward, backward };

/// The valid keys of one head, gathered block by block into dense memory that every tile of the group then shares: a
/// missing hour costs no product, and whatever garbage it holds is never read.
class PackedKeys {
public:
    PackedKeys(const MicroKernels& kernels, Direction direction, std::int64_t D, std::int64_t capacity,
               Workspace& memory);
    /// From the next block on, k and the panels are bf16 pairs.
    void narrow_with(const Bf16Kernels& kernels) { bf16_ = &kernels; }
    static std::size_t bytes(const MicroKernels& kernels, Direction direction, std::int64_t D, std::int64_t capacity);

    /// Starts with the first of `rows` of key head g of sequence b.
    void rewind(const KeyValueView& block, std::int64_t b, std::int64_t g, RowRange rows);
    /// Gathers the next block; false when no key is left.
    bool advance();

    const KeyBlock& block() const { return block_; }
    /// Keys [first, first + count) of the block; `first` a multiple of the kernel's rows.
    KeyBlock part(std::int64_t first, std::int64_t count) const;
    std::int64_t row(std::int64_t key) const { return rows_[key]; }  ///< of the visiting block
    std::int64_t base() const { return base_; }                      ///< global position of the first key of the block
    std::int64_t last() const { return source_->positions[static_cast<std::size_t>(rows_[block_.count - 1])]; }
    std::int64_t panel_rows() const { return panel_rows_; }
    bool has_segments() const { return !source_->segments.empty(); }
    std::int32_t smallest_segment() const { return smallest_segment_; }
    std::int32_t largest_segment() const { return largest_segment_; }

private:
    void gather_rows();
    void prefetch(const math::ConstMatrixView& from, std::int64_t i) const;
    void copy_rows();
    void narrow();
    void copy_panels(const math::ConstMatrixView& from);
    bool is_valid(std::int64_t row) const;

    const MicroKernels& kernels_;
    Direction direction_;
    const Bf16Kernels* bf16_ = nullptr;
    std::int64_t capacity_, panel_rows_;
    KeyBlock block_{};
    float *k_, *v_ = nullptr, *panels_;
    std::int32_t *positions_, *segments_;
    std::int64_t* rows_;
    const KeyValueView* source_ = nullptr;
    RowRange left_;
    std::int64_t b_ = 0, g_ = 0, base_ = 0;
    std::int32_t smallest_segment_ = 0, largest_segment_ = 0;
};

/// Where a tile of at most `most` of the rows [first, end) ends: before a jump of the positions, as between the two
/// runs of a zigzag partition, since its rows would see many keys that others do not.
std::int64_t end_of_tile(Positions positions, std::int64_t first, std::int64_t end, std::int64_t most);

/// A tile of `count` query rows from `first`, and what it sees of blocks of keys.
class TileSight {
public:
    /// `memory` has room for `values` of a tile that is `width` lanes wide.
    TileSight(const QueryView& queries, const Mask& mask, std::int64_t b, std::int64_t first, std::int64_t count,
              std::int64_t width, std::int32_t* memory);
    static std::int64_t values(std::int64_t width) { return 3 * width; }

    /// Keys of `part`, a part of the packed block, that the tile sees; fills limits() where a kernel will ask for them,
    /// and takes the segments out of a part in which they decide nothing.
    KeyRange look_at(const PackedKeys& keys, KeyBlock& part);
    LaneLimits limits() const { return {lowest_, highest_, segment_}; }

private:
    std::int64_t position(std::int64_t i) const { return queries_->positions[static_cast<std::size_t>(first_ + i)]; }
    void set_limits(std::int64_t base);

    const QueryView* queries_;
    Mask mask_;
    std::int64_t first_, count_, width_;
    std::int32_t *lowest_, *highest_, *segment_;
    std::int32_t smallest_segment_ = 0, largest_segment_ = 0;
};

}  // namespace gridring::attention::simd
