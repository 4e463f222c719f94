// SPDX-License-Identifier: MIT
#pragma once

#include <cstdlib>
#include <string>

namespace gridring::test {

/// While it lives, nodes are made out to have `ranks` ranks each; 0 = as they are.
class PretendedNodes {
public:
    explicit PretendedNodes(int ranks) {
        if (ranks > 0) setenv(name, std::to_string(ranks).c_str(), 1);
    }
    ~PretendedNodes() { unsetenv(name); }
    PretendedNodes(const PretendedNodes&) = delete;
    PretendedNodes& operator=(const PretendedNodes&) = delete;

private:
    static constexpr const char* name = "GRIDRING_RANKS_PER_NODE";
};

}  // namespace gridring::test
