// SPDX-License-Identifier: MIT
#include "ring/rotation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gridring/core/error.hpp"

namespace gridring::ring {
namespace {

std::span<float> as_floats(std::span<std::byte> bytes) {
    return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

void grow(comm::BlockBuffer& buffer, std::size_t bytes) {
    if (buffer.size() < bytes) buffer = comm::BlockBuffer(bytes);
}

}  // namespace

void add_to(HopCost& hop, const comm::ExchangeCost& cost) {
    hop.exposed_seconds += cost.exposed_seconds;
    hop.transfer_seconds += cost.transfer_seconds;
    hop.exchange_cpu_seconds += cost.cpu_seconds;
    hop.bytes_sent += cost.bytes_sent;
    hop.messages_sent += cost.messages_sent;
}

Carriage::Carriage(const comm::Communicator& ring, const Options& options) : overlaps(options.overlap) {
    if (ring.size() == 1 || options.exchange == comm::ExchangeMethod::shared) return;  // nothing travels this way
    blocks = comm::make_exchange(ring, options.exchange, options.deadline);
    sums_behind = comm::make_exchange(ring, options.exchange, options.deadline);
}

void Carriage::make_room(const Schedule& schedule, const Cargo& cargo) {
    if (!blocks) return;
    std::int64_t most_arriving = 0, most_leaving = 0;
    // In a halo the own block (hop 0) does not travel; in a ring it starts and ends in the places of visitors.
    for (int hop = schedule.is_halo() ? 1 : 0; hop < schedule.hops(); ++hop) {
        most_arriving = std::max(most_arriving, schedule.arriving(hop).count);
        most_leaving = std::max(most_leaving, schedule.leaving(hop).count);
    }
    for (auto& visitor : visitors) grow(visitor, cargo.block_bytes(most_arriving));
    if (schedule.is_halo()) grow(leaving, cargo.block_bytes(most_leaving));
    if (!cargo.sum_bytes) return;
    for (auto& sum : sums) grow(sum, cargo.sum_bytes(most_arriving));
    grow(arriving_sum, cargo.sum_bytes(schedule.is_halo() ? most_leaving : most_arriving));
}

Rotation::Rotation(Carriage& carriage, const Schedule& schedule, Cargo cargo)
    : carriage_(carriage), schedule_(schedule), cargo_(std::move(cargo)) {
    carriage.make_room(schedule, cargo_);
}

void Rotation::start(int hop, std::span<const std::byte> block) {
    carriage_.blocks->start(block, visitor(hop + 1), schedule_.route(hop + 1));
}

std::span<const std::byte> Rotation::finish(int hop, const Journey& journey) {
    collect(*carriage_.blocks, hop, journey);
    return visitor(hop + 1);
}

std::span<std::byte> Rotation::contribution(int hop) {
    const auto memory = sum(hop);
    std::ranges::fill(memory, std::byte{0});
    return memory;
}

void Rotation::pass_on(int hop, const Journey& journey) {
    collect_sum(hop - 1, journey);
    carriage_.sums_behind->start(sum(hop), arriving_sum(hop), schedule_.route_onwards(hop));
    if (!carriage_.overlaps) collect(*carriage_.sums_behind, hop, journey);
}

void Rotation::come_home(const Journey& journey) { collect_sum(hops() - 1, journey); }

void Rotation::collect_sum(int hop, const Journey& journey) {
    if (hop == 0) return;  // the rank's own: nothing was sent
    if (carriage_.overlaps) collect(*carriage_.sums_behind, hop, journey);
    const auto arrived = as_floats(arriving_sum(hop));
    const bool is_home = schedule_.is_halo() || hop + 1 == hops();
    if (is_home) return journey.deliver(arriving_sum_rows(hop), arrived);
    const auto mine = as_floats(sum(hop + 1));
    std::ranges::transform(mine, arrived, mine.begin(), std::plus{});
}

void Rotation::collect(comm::BlockExchange& exchange, int hop, const Journey& journey) const {
    try {
        add_to(journey.costs[static_cast<std::size_t>(hop)], exchange.finish());
    } catch (const CommError& error) {
        const bool is_block = &exchange == carriage_.blocks.get();
        throw CommError(fmt::format("ring attention, {} hop {} of {}, {}: {}", journey.name, is_block ? hop + 1 : hop,
                                    hops() - 1, is_block ? "block" : "gradient", error.what()));
    }
}

std::span<std::byte> Rotation::visitor(int hop) {
    return carriage_.visitors[static_cast<std::size_t>((hop + 1) % 2)].bytes().first(
        cargo_.block_bytes(schedule_.arriving(hop).count));
}

std::span<std::byte> Rotation::departure(int hop) {
    // In a ring the second visitor's place is still free when the own block leaves.
    auto& memory = schedule_.is_halo() ? carriage_.leaving : carriage_.visitors[1];
    return memory.bytes().first(cargo_.block_bytes(schedule_.leaving(hop + 1).count));
}

std::span<std::byte> Rotation::sum(int hop) {
    return carriage_.sums[static_cast<std::size_t>(hop % 2)].bytes().first(
        cargo_.sum_bytes(schedule_.arriving(hop).count));
}

RowRange Rotation::arriving_sum_rows(int hop) const {
    return schedule_.is_halo() ? schedule_.leaving(hop) : schedule_.arriving(hop + 1);
}

std::span<std::byte> Rotation::arriving_sum(int hop) {
    return carriage_.arriving_sum.bytes().first(cargo_.sum_bytes(arriving_sum_rows(hop).count));
}

}  // namespace gridring::ring
