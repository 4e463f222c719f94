// SPDX-License-Identifier: MIT
#include "gridring/comm/node_progress.hpp"

#include <algorithm>
#include <atomic>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "comm/thread_clock.hpp"
#include "comm/window.hpp"

namespace gridring::comm {
namespace {

using Count = std::atomic<std::uint64_t>;
static_assert(Count::is_always_lock_free, "a lock would be one process's own");

constexpr int looks_before_sleep = 200;  // some microseconds: ranks in step meet within
constexpr std::chrono::microseconds shortest_sleep{10}, longest_sleep{200};

}  // namespace

struct NodeProgress::Board {
    Board(const NodeGroup& node, std::chrono::milliseconds limit)
        : window(node.local(), sizeof(Count)),  // a cache line each: it is rounded up to whole ones
          own(new (window.own()) Count(0)),
          deadline(limit),
          first_rank(node.ring_rank(node.node(), 0)),
          own_rank(node.rank()) {
        for (int rank = 0; rank < node.size(); ++rank)
            counts.push_back(std::launder(reinterpret_cast<const Count*>(window.of(rank))));
        node.local().barrier();  // nobody reads a count before it is 0
    }

    std::uint64_t count(int rank) const {
        return counts[static_cast<std::size_t>(rank)]->load(std::memory_order_acquire);
    }
    std::string complain(int rank, std::uint64_t steps) const {
        return "rank " + std::to_string(first_rank + own_rank) + " waited " + std::to_string(deadline.count()) +
               " ms in vain for rank " + std::to_string(first_rank + rank) + " on its node, which is " +
               std::to_string(steps - count(rank)) + " steps behind: late beyond the deadline, stopped or cut off";
    }

    Window window;
    Count* own;
    std::vector<const Count*> counts;
    std::chrono::milliseconds deadline;
    int first_rank, own_rank;
};

NodeProgress::NodeProgress(const NodeGroup& node, std::chrono::milliseconds deadline)
    : board_(std::make_unique<Board>(node, deadline)) {}
NodeProgress::~NodeProgress() = default;

void NodeProgress::advance() {
    // Release and acquire order the loads and stores to every window of the node; the MPI standard wants its own fence
    // as well. In the unified model, which Window asks for, one for all windows is enough.
    board_->window.sync();
    board_->own->store(++steps_, std::memory_order_release);
}

WaitCost NodeProgress::wait_for(int rank, std::uint64_t steps) const {
    const auto& board = *board_;
    WaitCost cost;
    if (board.count(rank) < steps) {
        const auto start = Clock::now();
        const double cpu_before = thread_seconds();
        auto sleep = shortest_sleep;
        for (int look = 0; board.count(rank) < steps; ++look) {
            if (look < looks_before_sleep) continue;
            if (board.deadline.count() > 0 && Clock::now() - start > board.deadline)
                throw CommError(board.complain(rank, steps));
            std::this_thread::sleep_for(sleep);
            sleep = std::min(2 * sleep, longest_sleep);
        }
        cost = {seconds_since(start), thread_seconds() - cpu_before};
    }
    board.window.sync();
    return cost;
}

WaitCost NodeProgress::wait_for_all() const {
    WaitCost total;
    for (int rank = 0; rank < static_cast<int>(board_->counts.size()); ++rank) {
        const WaitCost cost = wait_for(rank, steps_);
        total.exposed_seconds += cost.exposed_seconds;
        total.cpu_seconds += cost.cpu_seconds;
    }
    return total;
}

}  // namespace gridring::comm
