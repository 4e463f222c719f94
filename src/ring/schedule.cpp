// SPDX-License-Identifier: MIT
#include "ring/schedule.hpp"

#include <algorithm>
#include <numeric>
#include <span>

namespace gridring::ring {
namespace {

/// Positions [begin, end) without a gap.
struct Run {
    std::int64_t begin, end;
};

std::vector<Run> runs_of(attention::Positions positions) {
    std::vector<Run> runs;
    for (const std::int64_t t : positions) {
        if (!runs.empty() && runs.back().end == t)
            ++runs.back().end;
        else
            runs.push_back({t, t + 1});
    }
    return runs;
}

/// Rows of `keys` that the queries of one run see: without gap, as the run is.
RowRange seen_by(const Run& queries, const attention::Mask& mask, attention::Positions keys) {
    const auto row_at = [&](std::int64_t position) { return std::ranges::lower_bound(keys, position) - keys.begin(); };
    const std::int64_t first = mask.window == 0 ? 0 : row_at(queries.begin - mask.reach() + 1);
    const std::int64_t last_query = queries.end - 1;
    const std::int64_t end = mask.is_causal     ? row_at(last_query + 1)
                             : mask.window == 0 ? std::ssize(keys)
                                                : row_at(last_query + mask.reach());
    return {first, end - first};
}

/// What later runs see begins and ends later: the first run that sees anything has the first row, the last run the
/// last.
RowRange seen_by(std::span<const Run> queries, const attention::Mask& mask, attention::Positions keys) {
    for (const Run& early : queries) {
        const RowRange first = seen_by(early, mask, keys);
        if (first.count <= 0) continue;
        for (auto late = queries.rbegin();; ++late)
            if (const RowRange last = seen_by(*late, mask, keys); last.count > 0)
                return {first.first, last.first + last.count - first.first};
    }
    return {};
}

/// A window that reaches over all T steps is none.
attention::Mask clamped(const attention::Mask& mask, std::int64_t steps) {
    return {mask.is_causal, mask.window < steps ? mask.window : 0};
}

/// What a halo would move in the whole ring.
struct HaloLoad {
    std::int64_t row_links = 0;      ///< rows times the distance they go
    std::vector<int> offsets = {0};  ///< distances forward at which anything is needed
};

}  // namespace

RowRange needed_rows(const Partition& partition, const attention::Mask& mask, int owner, int holder) {
    return seen_by(runs_of(partition.positions(holder)), clamped(mask, partition.steps()), partition.positions(owner));
}

Schedule::Schedule(const Partition& partition, const attention::Mask& unclamped, int rank) : rank_(rank) {
    const int P = partition.ranks();
    const attention::Mask mask = clamped(unclamped, partition.steps());
    std::vector<std::vector<Run>> runs;
    for (int r = 0; r < P; ++r) {
        runs.push_back(runs_of(partition.positions(r)));
        rows_.push_back(partition.rows(r));
    }
    for (int other = 0; other < P; ++other) {
        needed_.push_back(seen_by(runs[at(rank)], mask, partition.positions(other)));
        lent_.push_back(seen_by(runs[at(other)], mask, partition.positions(rank)));
    }
    offsets_.resize(at(P));
    std::iota(offsets_.begin(), offsets_.end(), 0);
    if (mask.window == 0 || P == 1) return;

    HaloLoad halo;
    for (int offset = 1; offset < P; ++offset) {
        std::int64_t rows = 0;
        for (int owner = 0; owner < P; ++owner)
            rows += seen_by(runs[at((owner + offset) % P)], mask, partition.positions(owner)).count;
        halo.row_links += rows * std::min(offset, P - offset);
        if (rows > 0) halo.offsets.push_back(offset);
    }
    is_halo_ = halo.row_links < (P - 1) * partition.steps();
    if (is_halo_) offsets_ = halo.offsets;
}

RowRange Schedule::arriving(int hop) const {
    return is_halo_ ? needed_[at(owner(hop))] : RowRange{0, rows_[at(owner(hop))]};
}

RowRange Schedule::leaving(int hop) const {
    return is_halo_ ? lent_[at(borrower(hop))] : RowRange{0, rows_[at(rank_)]};
}

comm::Route Schedule::route(int hop) const {
    const comm::Route neighbours{(rank_ + 1) % ranks(), (rank_ + ranks() - 1) % ranks()};
    if (!is_halo_) return neighbours;
    return {leaving(hop).count > 0 ? borrower(hop) : comm::Route::nobody,
            arriving(hop).count > 0 ? owner(hop) : comm::Route::nobody};
}

comm::Route Schedule::route_onwards(int hop) const {
    const auto [to, from] = route(hop);
    return is_halo_ ? comm::Route{from, to} : comm::Route{to, from};
}

}  // namespace gridring::ring
