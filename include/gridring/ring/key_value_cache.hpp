// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/comm/communicator.hpp"

namespace gridring::ring {

/// Keys and values of a growing sequence, spread over the ranks of `ring`, for forecasts from one origin after the
/// other: a new day's few queries travel to the keys of years, instead of the keys to the queries (pass-Q; Yang et al.
/// 2024, "Context Parallelism for Scalable Million-Token Inference").
///
/// One day: every rank takes its share of the new hours (share_of), appends their keys and values, and all attend with
/// the same queries. Which rank holds which hour is the caller's choice and changes the answer by rounding alone; two
/// ranks must not hold the same hour.
class KeyValueCache {
public:
    struct Options {
        attention::Mask mask = {};
        float scale = 0;  ///< of the scores; 0 = 1/sqrt(head_dim)
        const attention::Backend* backend = &attention::simd_backend();
        int threads = 1;  ///< that compute on this rank; they share heads and tiles of queries, not keys
    };
    /// A run of new hours.
    struct Share {
        std::int64_t first = 0, count = 0;
        bool operator==(const Share&) const = default;
    };
    /// What attend() cost this rank, summed over its calls.
    struct Cost {
        double compute_seconds = 0, exchange_seconds = 0, merge_seconds = 0;
        std::uint64_t bytes_gathered = 0;  ///< that this rank gave: T_new (heads head_dim + heads) floats a sequence
        std::int64_t calls = 0;
    };

    /// Local. `ring` must outlive this object.
    KeyValueCache(const comm::Communicator& ring, const attention::Shape& shape, const Options& options);

    /// Adds this rank's share of new hours, possibly none. Local. k, v: batch x n x kv_heads x head_dim, copied;
    /// `positions` strictly increasing and behind those held. Amortised O(n) copies. What truncate() or a smaller
    /// sequence left free is used again.
    void append(const attention::ConstHeads& k, const attention::ConstHeads& v, attention::Positions positions,
                attention::KeyValidity validity = {});
    /// Drops what lies at or after `position`: hours that are about to be revised. Local.
    void truncate(std::int64_t position);

    /// Attention of new queries, the same on every rank, to all hours held anywhere; a row without a visible key gives
    /// 0 and log-sum-exp -inf. q, out: batch x T_new x heads x head_dim; lse: batch x heads x T_new; T_new may be 0.
    /// The same bits on every rank. Collective: one gather, and none when T_new is 0; it has no deadline.
    void attend(const attention::ConstHeads& q, attention::Positions positions, const attention::Heads& out,
                std::span<float> lse);

    const attention::Shape& shape() const { return shape_; }
    std::int64_t rows() const { return static_cast<std::int64_t>(positions_.size()); }  ///< on this rank
    attention::Positions positions() const { return positions_; }                       ///< on this rank
    std::size_t bytes() const;                   ///< memory for keys and values on this rank, spare room included
    std::vector<std::int64_t> all_rows() const;  ///< of every rank. Collective.
    const Cost& cost() const { return cost_; }
    math::ThreadTeam& team() { return team_; }  ///< Options::threads of this rank; free between calls

    /// Which of `new_rows` new hours `rank` should take when rank r holds held[r]: each hour goes to the rank with the
    /// fewest, the lowest of equals; the hours of one rank are a run, the runs in rank order. The same answer
    /// everywhere.
    static Share share_of(std::span<const std::int64_t> held, std::int64_t new_rows, int rank);

private:
    void reserve(std::int64_t rows);
    attention::ConstHeads view(const std::vector<float>& tensor) const;
    std::vector<std::uint8_t> packed_validity() const;

    const comm::Communicator& ring_;
    attention::Shape shape_;
    Options options_;
    math::ThreadTeam team_;
    std::vector<std::int64_t> positions_;
    std::int64_t capacity_ = 0;           ///< rows of k_ and v_
    std::vector<float> k_, v_;            ///< batch x capacity x kv_heads x head_dim
    std::vector<std::uint8_t> is_valid_;  ///< batch x capacity; one byte a key: bits would have to move as rows come
    bool has_holes_ = false;
    Cost cost_;
};

}  // namespace gridring::ring
