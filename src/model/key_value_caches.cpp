// SPDX-License-Identifier: MIT
#include "gridring/model/key_value_caches.hpp"

#include <functional>
#include <numeric>

#include "gridring/model/energy_transformer.hpp"

namespace gridring::model {

KeyValueCaches::KeyValueCaches(const comm::Communicator& ring, const EnergyTransformer& model, std::int64_t batch,
                               const ring::KeyValueCache::Options& options)
    : batch_(batch), rank_(ring.rank()), held_(static_cast<std::size_t>(ring.size())) {
    for (std::int64_t i = 0; i < model.options().layers; ++i)
        layers_.emplace_back(ring, model.attention_shape(batch), options);
}

std::int64_t KeyValueCaches::hours() const { return std::reduce(held_.begin(), held_.end()); }

void KeyValueCaches::count(std::int64_t new_hours) {
    const auto held = held_;
    for (int rank = 0; rank < static_cast<int>(held.size()); ++rank) {
        const std::int64_t taken = ring::KeyValueCache::share_of(held, new_hours, rank).count;
        held_[static_cast<std::size_t>(rank)] += taken;
        owner_.insert(owner_.end(), static_cast<std::size_t>(taken), rank);  // runs in rank order
    }
}

void KeyValueCaches::truncate(std::int64_t position) {
    if (position >= hours()) return;
    for (std::size_t hour = static_cast<std::size_t>(position); hour < owner_.size(); ++hour)
        --held_[static_cast<std::size_t>(owner_[hour])];
    owner_.resize(static_cast<std::size_t>(position));
    for (auto& layer : layers_) layer.truncate(position);
}

std::size_t KeyValueCaches::bytes() const {
    return std::transform_reduce(layers_.begin(), layers_.end(), std::size_t{0}, std::plus<>(),
                                 [](const auto& layer) { return layer.bytes(); });
}

}  // namespace gridring::model
