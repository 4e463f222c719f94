// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "gridring/comm/node_group.hpp"

namespace gridring::comm {

/// What waiting for the ranks of a node cost.
struct WaitCost {
    double exposed_seconds = 0, cpu_seconds = 0;
};

/// How far every rank of a node has come, as a count of steps in shared memory: what a rank wrote before its advance()
/// is seen by whoever waited for that step. Waiting spins for some microseconds and then sleeps between looks, so that
/// a late rank costs nobody a core. All ranks count the same steps in the same order; what a step is, is theirs.
class NodeProgress {
public:
    /// Collective over the node; so is destroying it. A wait longer than `deadline` is a CommError; 0 = wait for ever.
    NodeProgress(const NodeGroup& node, std::chrono::milliseconds deadline);
    ~NodeProgress();
    NodeProgress(const NodeProgress&) = delete;
    NodeProgress& operator=(const NodeProgress&) = delete;

    std::uint64_t steps() const { return steps_; }  ///< of this rank
    /// One step more has been done here.
    void advance();
    /// Until `rank` of this node has done `steps` steps. Throws CommError naming both ranks; then the job must end.
    WaitCost wait_for(int rank, std::uint64_t steps) const;
    /// Until every rank of this node has done as many steps as this one.
    WaitCost wait_for_all() const;

private:
    struct Board;
    std::unique_ptr<Board> board_;
    std::uint64_t steps_ = 0;
};

}  // namespace gridring::comm
