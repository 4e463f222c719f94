// SPDX-License-Identifier: MIT
#include "ring/node_rotation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::ring {
namespace {

std::span<float> as_floats(std::span<std::byte> bytes) {
    return {reinterpret_cast<float*>(bytes.data()), bytes.size() / sizeof(float)};
}

void add(std::span<const float> values, std::span<float> to) {
    std::ranges::transform(to, values, to.begin(), std::plus{});
}

std::size_t whole_lines(std::size_t bytes) { return (bytes + 63) / 64 * 64; }

/// Says where in the ring something went wrong.
template <class Wait>
auto located(const Journey& journey, int hop, int hops, const char* what, const Wait& wait) {
    const trace::Span span("ring", "wait in hop", hop);
    try {
        return wait();
    } catch (const CommError& error) {
        throw CommError(
            fmt::format("ring attention, {} hop {} of {}, {}: {}", journey.name, hop, hops - 1, what, error.what()));
    }
}

void add_to(HopCost& hop, const comm::WaitCost& cost) {
    hop.exposed_seconds += cost.exposed_seconds;
    hop.exchange_cpu_seconds += cost.cpu_seconds;
}

}  // namespace

NodeRotation::NodeRotation(comm::NodeGroup node, const Partition& partition, const BlockLayout& layout, Wire wire,
                           std::chrono::milliseconds deadline)
    : node_(std::move(node)), partition_(partition), layout_(layout), wire_(wire) {
    BlockLayout largest = layout;
    largest.rows = partition.max_rows();
    sum_bytes_ = whole_lines(largest.gradient_bytes());
    largest.wire = wire;
    visitor_bytes_ = whole_lines(largest.bytes());
    const bool is_alone = node_.nodes() == 1;
    progress_ = std::make_unique<comm::NodeProgress>(node_, deadline);
    shared_ = comm::BlockBuffer(node_, is_alone ? sum_bytes_ : 2 * sum_bytes_ + 2 * visitor_bytes_);
    contribution_ = comm::BlockBuffer(hops() == 1 ? 0 : sum_bytes_);
    if (is_alone) return;
    arriving_sum_ = comm::BlockBuffer(sum_bytes_);
    blocks_ = comm::make_exchange(node_.across(), comm::ExchangeMethod::nonblocking, deadline);
    sums_behind_ = comm::make_exchange(node_.across(), comm::ExchangeMethod::nonblocking, deadline);
}

bool NodeRotation::fits(const KeyValueBlock& own) const {
    const auto peers = own.buffer().peers();
    if (std::ssize(peers) != node_.size()) return false;
    for (int rank = 0; rank < node_.size(); ++rank) {
        BlockLayout layout = layout_;
        layout.rows = partition_.rows(owner(0, rank));
        if (peers[static_cast<std::size_t>(rank)].size() != layout.bytes()) return false;
    }
    return true;
}

BlockLayout NodeRotation::travelling(int rank) const {
    BlockLayout layout = layout_;
    layout.rows = partition_.rows(rank);
    layout.wire = wire_;
    return layout;
}

Visit NodeRotation::visit(int hop, const KeyValueBlock& own) const {
    const int phase = phase_of(hop), rank = index(step_of(hop));
    Visit visit{hop, owner(phase, rank), travelling(owner(phase, rank)), {}};
    if (phase == 0) {
        visit.layout.wire = layout_.wire;
        visit.bytes = own.buffer().peers()[static_cast<std::size_t>(rank)];
        return visit;
    }
    const auto memory = shared_.peers()[static_cast<std::size_t>(rank)];
    const std::size_t first = 2 * sum_bytes_ + static_cast<std::size_t>(phase % 2) * visitor_bytes_;
    visit.bytes = memory.subspan(first, visit.layout.bytes());
    return visit;
}

void NodeRotation::start(int phase, std::span<const std::byte> block) { blocks_->start(block, visitor(phase + 1)); }

void NodeRotation::finish(int phase, const Journey& journey) {
    const int hop = (phase + 1) * node_.size() - 1;
    add_to(journey.costs[static_cast<std::size_t>(hop)],
           located(journey, hop + 1, hops(), "block from node to node (ranks are nodes)",
                   [&] { return blocks_->finish(); }));
}

void NodeRotation::meet(int phase, const Journey& journey) {
    progress_->advance();
    const int hop = (phase + 1) * node_.size() - 1;
    for (int step = 1; step < node_.size(); ++step) wait_for(index(step), progress_->steps(), hop, journey);
}

void NodeRotation::wait_for(int index, std::uint64_t steps, int hop, const Journey& journey) const {
    add_to(journey.costs[static_cast<std::size_t>(hop)],
           located(journey, hop, hops(), "node", [&] { return progress_->wait_for(index, steps); }));
}

std::span<std::byte> NodeRotation::contribution(int hop) {
    // The first to add to a sum of another node's block is the rank that holds it.
    const int phase = phase_of(hop), step = step_of(hop);
    const auto place = sum(phase, index(step));
    const auto memory = step == 0 ? place : contribution_.bytes().first(place.size());
    std::ranges::fill(memory, std::byte{0});
    return memory;
}

void NodeRotation::pass_on(int hop, const Journey& journey) {
    const int phase = phase_of(hop), step = step_of(hop), before = index(1);
    if (step > 0) {
        const auto to = as_floats(sum(phase, index(step)));
        const auto mine = as_floats(contribution_.bytes().first(to.size_bytes()));
        if (phase == 0 && step == 1) {  // the first, as the owner keeps its own
            std::ranges::copy(mine, to.begin());
        } else {
            wait_for(before, progress_->steps(), hop, journey);  // the rank that had this block at the hop before
            add(mine, to);
        }
    }
    progress_->advance();
    if (step + 1 < node_.size()) return;

    if (node_.size() > 1) wait_for(before, progress_->steps(), hop, journey);  // the last to add to the sum held here
    if (phase == 0) return journey.deliver(RowRange{0, rows(0)}, as_floats(sum(0, node_.rank())));
    collect_sum(phase - 1, journey);
    sums_behind_->start(sum(phase, node_.rank()), arriving_sum(phase + 1));
}

void NodeRotation::come_home(const Journey& journey) { collect_sum(node_.nodes() - 1, journey); }

void NodeRotation::collect_sum(int phase, const Journey& journey) {
    if (phase == 0) return;  // nothing left the node
    const int hop = (phase + 1) * node_.size() - 1;
    add_to(journey.costs[static_cast<std::size_t>(hop)],
           located(journey, hop, hops(), "gradient from node to node (ranks are nodes)",
                   [&] { return sums_behind_->finish(); }));
    const auto arrived = as_floats(arriving_sum(phase + 1));
    if (phase + 1 == node_.nodes()) return journey.deliver(RowRange{0, rows(0)}, arrived);
    add(arrived, as_floats(sum(phase + 1, node_.rank())));
}

std::span<std::byte> NodeRotation::visitor(int phase) const {
    const std::size_t first = 2 * sum_bytes_ + static_cast<std::size_t>(phase % 2) * visitor_bytes_;
    return shared_.peers()[static_cast<std::size_t>(node_.rank())].subspan(
        first, travelling(owner(phase, node_.rank())).bytes());
}

std::span<std::byte> NodeRotation::departure() const {
    // Where the visitor of phase 2 will be, which comes when the own block has left.
    return shared_.peers()[static_cast<std::size_t>(node_.rank())].subspan(2 * sum_bytes_,
                                                                           travelling(owner(0, node_.rank())).bytes());
}

std::span<std::byte> NodeRotation::sum(int phase, int index) const {
    return shared_.peers()[static_cast<std::size_t>(index)].subspan(static_cast<std::size_t>(phase % 2) * sum_bytes_,
                                                                    travelling(owner(phase, index)).gradient_bytes());
}

std::span<std::byte> NodeRotation::arriving_sum(int phase) {
    return arriving_sum_.bytes().first(travelling(owner(phase, node_.rank())).gradient_bytes());
}

}  // namespace gridring::ring
