// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "block_store.hpp"

namespace gridring::extract {

/// What arrived of one variable at one place, in any order. Intervals are counted from wherever the owner likes, before
/// it too.
class Track {
public:
    enum State : std::uint8_t { absent = 0, present = 1, conflicting = 2, revised = 4, older = 8 };

    explicit Track(BlockStore& store) : store_(store) {}

    /// Intervals [first, end) are told of anew: a value that comes now takes the place of an older one.
    void begin_anew(std::int64_t first, std::int64_t end);

    /// What an older value was, where this one revises it. Of values told at the same time the first is kept; one that
    /// differs from it makes the interval conflicting.
    std::optional<double> take(std::int64_t interval, double value);

    std::int64_t rows() const { return rows_; }  ///< distinct intervals
    std::int64_t duplicates() const { return duplicates_; }

    /// Intervals from `first` on: values, NaN = none, and bits of State.
    void read(std::int64_t first, std::span<double> values, std::span<std::uint8_t> states) const;

private:
    static constexpr std::size_t no_block = static_cast<std::size_t>(-1);

    /// The number of the interval's block, made if need be.
    std::size_t block_at(std::int64_t interval);
    /// `use(block number, offset in it, intervals)` for each part of [first, end) that has a block.
    template <class Use>
    void for_each_part(std::int64_t first, std::int64_t end, const Use& use) const;

    BlockStore& store_;
    std::int64_t first_block_ = 0;
    std::vector<std::size_t> blocks_;  ///< numbers, by distance from first_block_
    std::int64_t rows_ = 0, duplicates_ = 0;
};

}  // namespace gridring::extract
