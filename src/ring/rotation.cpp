// SPDX-License-Identifier: MIT
#include "ring/rotation.hpp"

#include <algorithm>
#include <functional>

namespace gridring::ring {
namespace {

std::span<float> as_floats(std::span<std::byte> bytes) {
    return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

}  // namespace

Rotation::Rotation(const comm::Communicator& ring, const Partition& partition, const attention::Shape& shape,
                   comm::ExchangeMethod method)
    : ring_(ring), partition_(partition), shape_(shape) {
    const BlockLayout largest{shape, partition.max_rows()};
    gradients_[0] = comm::BlockBuffer(largest.gradient_bytes());
    if (hops() == 1) return;
    for (auto& visitor : visitors_) visitor = comm::BlockBuffer(largest.bytes());
    for (auto* gradient : {&gradients_[1], &arriving_}) *gradient = comm::BlockBuffer(largest.gradient_bytes());
    blocks_ = comm::make_exchange(ring, method);
    following_gradients_ = comm::make_exchange(ring, method);
}

void Rotation::add(const comm::ExchangeCost& cost, HopCost& hop) {
    hop.exposed_seconds += cost.exposed_seconds;
    hop.transfer_seconds += cost.transfer_seconds;
    hop.bytes_sent += cost.bytes_sent;
    hop.messages_sent += cost.messages_sent;
}

std::span<std::byte> Rotation::contribution(int hop) {
    const auto memory = leaving_gradient(hop);
    std::ranges::fill(memory, std::byte{0});
    return memory;
}

void Rotation::pass_on(int hop, std::vector<HopCost>& costs) {
    if (hops() == 1) return;
    const auto sum = leaving_gradient(hop);
    if (hop > 0) {
        add(following_gradients_->finish(), costs[static_cast<std::size_t>(hop - 1)]);
        const auto mine = as_floats(sum), others = as_floats(arriving_gradient(hop));
        std::ranges::transform(mine, others, mine.begin(), std::plus{});
    }
    following_gradients_->start(sum, arriving_gradient(hop + 1));
}

std::span<std::byte> Rotation::gradient_at_home(std::vector<HopCost>& costs) {
    if (hops() == 1) return leaving_gradient(0);
    add(following_gradients_->finish(), costs.back());
    return arriving_gradient(hops());
}

}  // namespace gridring::ring
