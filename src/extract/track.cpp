// SPDX-License-Identifier: MIT
#include "track.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "gridring/core/error.hpp"

namespace gridring::extract {
namespace {

constexpr auto block_intervals = static_cast<std::int64_t>(Block::intervals);

/// Rounded down, below zero as well.
std::int64_t block_of(std::int64_t interval) {
    return (interval - (interval < 0 ? block_intervals - 1 : 0)) / block_intervals;
}
std::size_t offset_of(std::int64_t interval) {
    return static_cast<std::size_t>(interval - block_of(interval) * block_intervals);
}

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

std::size_t Track::block_at(std::int64_t interval) {
    const std::int64_t block = block_of(interval);
    if (blocks_.empty()) first_block_ = block;
    if (block < first_block_) {
        blocks_.insert(blocks_.begin(), static_cast<std::size_t>(first_block_ - block), no_block);
        first_block_ = block;
    }
    const auto at = static_cast<std::size_t>(block - first_block_);
    if (at >= blocks_.size()) blocks_.resize(at + 1, no_block);
    if (blocks_[at] == no_block) blocks_[at] = store_.add();
    return blocks_[at];
}

template <class Use>
void Track::for_each_part(std::int64_t first, std::int64_t end, const Use& use) const {
    first = std::max(first, first_block_ * block_intervals);
    end = std::min(end, (first_block_ + std::ssize(blocks_)) * block_intervals);
    while (first < end) {
        const std::int64_t block = block_of(first), next = std::min(end, (block + 1) * block_intervals);
        const std::size_t number = blocks_[static_cast<std::size_t>(block - first_block_)];
        if (number != no_block) use(number, first, static_cast<std::size_t>(next - first));
        first = next;
    }
}

void Track::begin_anew(std::int64_t first, std::int64_t end) {
    for_each_part(first, end, [this](std::size_t number, std::int64_t from, std::size_t count) {
        for (std::uint8_t& state : std::span(store_.change(number).states).subspan(offset_of(from), count))
            if (state & present) state |= older;
    });
}

std::optional<double> Track::take(std::int64_t interval, double value) {
    Block& block = store_.change(block_at(interval));
    std::uint8_t& state = block.states[offset_of(interval)];
    double& kept = block.values[offset_of(interval)];
    if (state == absent) {
        state = present;
        kept = value;
        ++rows_;
    } else if (state & older) {
        const double before = std::exchange(kept, value);
        const bool is_new = !is_same(before, value);
        state = static_cast<std::uint8_t>(present | (is_new ? revised : state & revised));
        if (is_new) return before;
    } else if (is_same(kept, value)) {
        ++duplicates_;
    } else {
        state |= conflicting;
    }
    return std::nullopt;
}

void Track::read(std::int64_t first, std::span<double> values, std::span<std::uint8_t> states) const {
    expects(values.size() == states.size(), "a state for every value");
    std::ranges::fill(values, std::numeric_limits<double>::quiet_NaN());
    std::ranges::fill(states, std::uint8_t{absent});
    for_each_part(first, first + std::ssize(values), [&](std::size_t number, std::int64_t from, std::size_t count) {
        const Block& block = store_.look(number);
        const auto part = [&](const auto& all) { return std::span(all).subspan(offset_of(from), count); };
        const auto to = static_cast<std::ptrdiff_t>(from - first);
        std::ranges::copy(part(block.values), values.begin() + to);
        std::ranges::copy(part(block.states), states.begin() + to);
    });
}

}  // namespace gridring::extract
