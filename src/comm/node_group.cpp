// SPDX-License-Identifier: MIT
#include "gridring/comm/node_group.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <string_view>

#include "gridring/core/error.hpp"

namespace gridring::comm {
namespace {

constexpr const char* pretend_variable = "GRIDRING_RANKS_PER_NODE";

/// How many ranks a node is made out to have; 0 = as many as it has.
int pretended_ranks_per_node() {
    const char* text = std::getenv(pretend_variable);
    if (text == nullptr) return 0;
    const std::string_view digits(text);
    int ranks = 0;
    const auto [end, code] = std::from_chars(digits.data(), digits.data() + digits.size(), ranks);
    if (code == std::errc{} && end == digits.data() + digits.size() && ranks >= 1) return ranks;
    throw ConfigError(std::string(pretend_variable) + ": expected a number of ranks, found '" + text + "'");
}

}  // namespace

NodeLayout NodeLayout::of(const Communicator& ring) {
    const int pretended = pretended_ranks_per_node();
    const auto node = ring.split_by_memory();
    const auto part = node.split(pretended == 0 ? 0 : ring.rank() / pretended, node.rank());
    std::int64_t leader = ring.rank();
    part.broadcast(std::as_writable_bytes(std::span(&leader, 1)));
    NodeLayout layout;
    for (const std::int64_t of_rank : ring.all_gather(leader)) layout.leaders.push_back(static_cast<int>(of_rank));
    return layout;
}

int NodeLayout::ranks_per_node() const { return static_cast<int>(std::ranges::count(leaders, 0)); }

bool NodeLayout::is_even() const {
    const int n = ranks_per_node(), ranks = static_cast<int>(leaders.size());
    for (int rank = 0; rank < ranks; ++rank)
        if (leaders[static_cast<std::size_t>(rank)] != rank / n * n) return false;
    return ranks % n == 0;
}

std::string NodeLayout::describe() const {
    std::string text;
    const int ranks = static_cast<int>(leaders.size());
    for (int leader = 0; leader < ranks; ++leader) {
        if (leaders[static_cast<std::size_t>(leader)] != leader) continue;
        text += text.empty() ? "[" : " [";
        for (int rank = leader; rank < ranks; ++rank)
            if (leaders[static_cast<std::size_t>(rank)] == leader)
                text.append(rank == leader ? "" : " ").append(std::to_string(rank));
        text += "]";
    }
    return text;
}

NodeGroup::NodeGroup(const Communicator& ring, const NodeLayout& layout)
    : local_([&] {
          if (!layout.is_even())
              throw ConfigError("exchange shared: expected equally many neighbouring ranks on every node, found " +
                                layout.describe() +
                                ". Mend: start ranks node by node, equally many each, or choose sendrecv");
          return ring.split(ring.rank() / layout.ranks_per_node(), ring.rank());
      }()),
      across_(ring.split(ring.rank() % layout.ranks_per_node(), ring.rank())) {}

}  // namespace gridring::comm
