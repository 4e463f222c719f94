// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace gridring::ring {

/// Which hours each rank holds. Any T >= 0 over any P >= 1: no padding, no divisibility rule; ranks may hold nothing.
enum class Scheme {
    contiguous,  ///< rank r holds one run
    zigzag,      ///< 2P chunks, rank r has chunks r and 2P-1-r: balances causal work; the default for causal
    striped,     ///< rank r holds r, r+P, r+2P, …
    weighted,    ///< contiguous runs in proportion to given speeds
};
Scheme parse_scheme(std::string_view name);  ///< throws ConfigError
std::string_view to_string(Scheme scheme);

class Partition {
public:
    /// `weights` (one a rank, >= 0, sum > 0) only for Scheme::weighted.
    Partition(Scheme scheme, std::int64_t steps, int ranks, std::span<const double> weights = {});

    Scheme scheme() const { return scheme_; }
    std::int64_t steps() const { return steps_; }  ///< T
    int ranks() const { return static_cast<int>(positions_.size()); }
    std::int64_t rows(int rank) const { return static_cast<std::int64_t>(positions(rank).size()); }  ///< L of that rank
    std::int64_t max_rows() const;
    /// Global positions of the rows of `rank`, strictly increasing.
    std::span<const std::int64_t> positions(int rank) const { return positions_[static_cast<std::size_t>(rank)]; }

private:
    Scheme scheme_;
    std::int64_t steps_;
    std::vector<std::vector<std::int64_t>> positions_;
};

/// Unmasked (query, key) pairs that each rank computes over a whole causal or bidirectional pass: the work, to judge
/// balance by.
std::vector<double> work_per_rank(const Partition& partition, bool is_causal);

}  // namespace gridring::ring
