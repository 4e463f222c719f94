// SPDX-License-Identifier: MIT
#include "ring/rotation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::ring {
namespace {

std::span<float> as_floats(std::span<std::byte> bytes) {
    return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

void grow(comm::BlockBuffer& buffer, std::size_t bytes) {
    if (buffer.size() < bytes) buffer = comm::BlockBuffer(bytes);
}

/// The most rows that arrive here, and that leave from here. In a halo the own block (hop 0) does not travel; in a ring
/// it starts and ends in the places of visitors.
struct MostRows {
    std::int64_t arriving = 0, leaving = 0;
};
MostRows most_rows(const Schedule& schedule) {
    MostRows most;
    for (int hop = schedule.is_halo() ? 1 : 0; hop < schedule.hops(); ++hop) {
        most.arriving = std::max(most.arriving, schedule.arriving(hop).count);
        most.leaving = std::max(most.leaving, schedule.leaving(hop).count);
    }
    return most;
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

void Carriage::make_room_for_blocks(const Schedule& schedule, const Cargo& cargo) {
    const auto [arriving, going] = most_rows(schedule);
    for (auto& visitor : visitors) grow(visitor, cargo.block_bytes(arriving));
    if (schedule.is_halo()) grow(leaving, cargo.block_bytes(going));
}

void Carriage::make_room_for_sums(const Schedule& schedule, const Cargo& cargo) {
    const auto [arriving, going] = most_rows(schedule);
    for (auto& sum : sums) grow(sum, cargo.sum_bytes(arriving));
    grow(arriving_sum, cargo.sum_bytes(schedule.is_halo() ? going : arriving));
}

Rotation::Rotation(Carriage& carriage, const Schedule& schedule, Cargo cargo)
    : carriage_(carriage), schedule_(schedule), cargo_(std::move(cargo)) {}

void Rotation::make_room(const Journey& journey) {
    if (!carriage_.blocks) return;
    carriage_.make_room_for_blocks(schedule_, cargo_);
    if (journey.deliver) carriage_.make_room_for_sums(schedule_, cargo_);
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
    const trace::Span span("ring", "wait in hop", hop);
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
