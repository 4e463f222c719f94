// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/ring/key_value_cache.hpp"

namespace gridring::model {

class EnergyTransformer;

/// The keys and values of all layers for hours that EnergyTransformer::append() has seen, spread over the ranks of a
/// ring: what a forecast from the next hour needs of all the hours before it.
class KeyValueCaches {
public:
    /// For `batch` sequences that grow together. `ring` must outlive this object. Local.
    KeyValueCaches(const comm::Communicator& ring, const EnergyTransformer& model, std::int64_t batch,
                   const ring::KeyValueCache::Options& options);

    std::int64_t batch() const { return batch_; }
    std::int64_t hours() const;  ///< appended so far, on all ranks together: the position of the next
    std::size_t bytes() const;   ///< on this rank
    /// Forgets the hours at and behind `position`, which are about to be revised. Local, on all ranks alike.
    void truncate(std::int64_t position);
    math::ThreadTeam& team() { return layers_.front().team(); }  ///< of this rank; free between calls

private:
    friend class EnergyTransformer;

    void count(std::int64_t new_hours);

    std::int64_t batch_;
    int rank_;
    std::vector<std::int64_t> held_;  ///< hours by rank, the same in every layer
    std::vector<int> owner_;          ///< of every hour: its rank
    std::deque<ring::KeyValueCache> layers_;
};

}  // namespace gridring::model
