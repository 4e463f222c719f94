// SPDX-License-Identifier: MIT
#include "gridring/ring/partition.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "gridring/core/error.hpp"
#include "ring/pair_count.hpp"

namespace gridring::ring {
namespace {

constexpr std::array<std::pair<Scheme, std::string_view>, 4> names{{{Scheme::contiguous, "contiguous"},
                                                                    {Scheme::zigzag, "zigzag"},
                                                                    {Scheme::striped, "striped"},
                                                                    {Scheme::weighted, "weighted"}}};

using Positions = std::vector<std::int64_t>;

/// Where part `part` of `parts` nearly equal ones begins.
std::int64_t boundary(std::int64_t steps, std::int64_t part, std::int64_t parts) { return steps * part / parts; }

void append_run(Positions& positions, std::int64_t begin, std::int64_t end) {
    const std::size_t old = positions.size();
    positions.resize(old + static_cast<std::size_t>(end - begin));
    std::iota(positions.begin() + static_cast<std::ptrdiff_t>(old), positions.end(), begin);
}

/// Chunk `index` of `chunks` nearly equal ones.
void append_chunk(Positions& positions, std::int64_t steps, std::int64_t index, std::int64_t chunks) {
    append_run(positions, boundary(steps, index, chunks), boundary(steps, index + 1, chunks));
}

Positions striped(std::int64_t steps, std::int64_t rank, std::int64_t ranks) {
    Positions positions;
    for (std::int64_t t = rank; t < steps; t += ranks) positions.push_back(t);
    return positions;
}

/// Where each rank's run ends, so that the pairs in it are in proportion to the weights.
Positions weighted_ends(std::int64_t steps, std::span<const double> weights, const attention::Mask& mask) {
    const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
    const PairCount pairs(steps, mask);
    Positions ends;
    double share = 0;
    for (const double weight : weights) {
        share += weight;
        ends.push_back(pairs.step_at(pairs.before(steps) * (share / total)));
    }
    ends.back() = steps;
    return ends;
}

void check_weights(Scheme scheme, int ranks, std::span<const double> weights) {
    if (scheme != Scheme::weighted) {
        expects(weights.empty(), "Partition: weights are for Scheme::weighted alone");
        return;
    }
    const bool are_speeds =
        std::ranges::all_of(weights, [](double weight) { return weight >= 0 && std::isfinite(weight); });
    if (std::ssize(weights) == ranks && are_speeds && std::accumulate(weights.begin(), weights.end(), 0.0) > 0) return;
    throw ConfigError(
        fmt::format("partition weighted: expected {} weights, one a rank, finite, >= 0 and not all 0; found {} ({})",
                    ranks, weights.size(), fmt::join(weights, ", ")));
}

}  // namespace

Scheme parse_scheme(std::string_view name) {
    for (const auto& [scheme, known] : names)
        if (name == known) return scheme;
    throw ConfigError("expected a partition (contiguous, zigzag, striped or weighted), found '" + std::string(name) +
                      "'");
}

std::string_view to_string(Scheme scheme) { return names[static_cast<std::size_t>(scheme)].second; }

Partition::Partition(Scheme scheme, std::int64_t steps, int ranks, std::span<const double> weights,
                     const attention::Mask& mask)
    : scheme_(scheme), steps_(steps) {
    expects(steps >= 0 && ranks >= 1, "Partition: T >= 0 and P >= 1");
    check_weights(scheme, ranks, weights);
    const Positions ends = scheme == Scheme::weighted ? weighted_ends(steps, weights, mask) : Positions{};
    positions_.resize(static_cast<std::size_t>(ranks));
    for (std::int64_t rank = 0; rank < ranks; ++rank) {
        const auto r = static_cast<std::size_t>(rank);
        auto& mine = positions_[r];
        switch (scheme) {
            case Scheme::contiguous:
                append_chunk(mine, steps, rank, ranks);
                break;
            case Scheme::zigzag:
                append_chunk(mine, steps, rank, 2 * ranks);
                append_chunk(mine, steps, 2 * ranks - 1 - rank, 2 * ranks);
                break;
            case Scheme::striped:
                mine = striped(steps, rank, ranks);
                break;
            case Scheme::weighted:
                append_run(mine, rank == 0 ? 0 : ends[r - 1], ends[r]);
                break;
        }
    }
}

std::int64_t Partition::max_rows() const {
    std::int64_t most = 0;
    for (int rank = 0; rank < ranks(); ++rank) most = std::max(most, rows(rank));
    return most;
}

}  // namespace gridring::ring
