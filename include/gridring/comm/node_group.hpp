// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "gridring/comm/communicator.hpp"

namespace gridring::comm {

/// Which ranks of a ring can share memory.
struct NodeLayout {
    std::vector<int> leaders;  ///< of every rank: the lowest rank on its node

    /// Collective over `ring`. GRIDRING_RANKS_PER_NODE=n in the environment splits nodes further, after every n ranks
    /// of the ring: a way to test several nodes on one machine. Throws ConfigError, on every rank, unless n >= 1.
    static NodeLayout of(const Communicator& ring);

    /// The ranks of every node follow each other in the ring and are equally many: what sharing needs, so that one
    /// block after the other visits all nodes in step.
    bool is_even() const;
    int ranks_per_node() const;    ///< of the node of rank 0
    std::string describe() const;  ///< for people: "[0 2] [1 3]", the ranks of each node
};

/// The nodes of a ring, evenly laid out: rank r is rank r % size() of node r / size().
class NodeGroup {
public:
    /// Collective over `ring`. Throws ConfigError on every rank, naming the layout, unless it is even.
    NodeGroup(const Communicator& ring, const NodeLayout& layout);

    int size() const { return local_.size(); }    ///< n, ranks of a node
    int nodes() const { return across_.size(); }  ///< N = P / n
    int rank() const { return local_.rank(); }    ///< of this process on its node
    int node() const { return across_.rank(); }
    int ring_rank(int node, int rank) const { return node * size() + rank; }

    const Communicator& local() const { return local_; }    ///< the ranks of this node, in ring order
    const Communicator& across() const { return across_; }  ///< one rank a node, those with this rank(), in ring order

private:
    Communicator local_, across_;
};

}  // namespace gridring::comm
