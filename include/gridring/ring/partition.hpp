// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/attention/heads.hpp"

namespace gridring::ring {

/// Which hours each rank holds. Any T >= 0 over any P >= 1: no padding, no divisibility rule; ranks may hold nothing.
enum class Scheme {
    contiguous,  ///< rank r holds one run
    zigzag,      ///< 2P chunks, rank r has chunks r and 2P-1-r: balances causal work; the default for causal
    striped,     ///< rank r holds r, r+P, r+2P, …
    weighted,    ///< contiguous runs whose work is in proportion to given speeds
};
Scheme parse_scheme(std::string_view name);  ///< throws ConfigError
std::string_view to_string(Scheme scheme);

class Partition {
public:
    /// `weights`, the speeds of the ranks (one each, >= 0, sum > 0), only for Scheme::weighted: runs are as long as
    /// makes every rank compute in proportion to its speed under `mask`; without one, as makes rows so.
    Partition(Scheme scheme, std::int64_t steps, int ranks, std::span<const double> weights = {},
              const attention::Mask& mask = {.is_causal = false});

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

/// (query, key) pairs that each rank computes in a whole pass under `mask`: the work, to judge balance by.
std::vector<double> work_per_rank(const Partition& partition, const attention::Mask& mask);
/// How much longer than the mean the most loaded rank takes: max / mean of `work`; 1 where there is none.
double imbalance(std::span<const double> work);
/// For people: "causal, zigzag over 4 ranks: 153475920 to 153475920 pairs a rank, max/mean 1.0000".
std::string describe_balance(const Partition& partition, const attention::Mask& mask);

}  // namespace gridring::ring
