// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "gridring/forecast/backtest.hpp"
#include "gridring/model/key_value_caches.hpp"

namespace gridring::forecast {

/// Sequences that grow together, hour by hour, in the key/value caches of all ranks.
class CacheGroup {
public:
    /// Local. All but `sequences` must outlive it.
    CacheGroup(const comm::Communicator& world, model::EnergyTransformer& model, const Options& options,
               std::vector<train::Sequence> sequences);

    const std::vector<train::Sequence>& sequences() const { return sequences_; }
    std::int64_t hours() const { return caches_.hours(); }  ///< taken up so far

    /// Forgets the hours from `position` on: they are revised. Local, on all ranks alike.
    void truncate(std::int64_t position) { caches_.truncate(position); }
    /// Takes up the hours before `end` that are new and forecasts every sequence from the last of them: on rank 0 what
    /// for_each_forecast() hands out. Collective. Precondition: there is a new hour.
    std::vector<float> forecast(const train::Features& features, std::int64_t end);
    /// visit(sequence, quantiles) in the order in which forecast() returned them; visit returns what lies behind.
    template <class Visit>
    void for_each_forecast(const std::vector<float>& all, const Visit& visit) const {
        const float* next = all.data();
        for (int rank = 0; rank < world_.size(); ++rank)
            for (std::int64_t s = rank; s < std::ssize(sequences_); s += world_.size())
                next = visit(static_cast<std::size_t>(s), next);
    }

private:
    std::span<const float> append(const train::Features& features, std::int64_t end, bool is_origin);

    const comm::Communicator& world_;
    model::EnergyTransformer& model_;
    std::vector<train::Sequence> sequences_;
    model::KeyValueCaches caches_;
    train::Asked asked_;
    model::Batch input_;
};

}  // namespace gridring::forecast
