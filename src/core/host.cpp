// SPDX-License-Identifier: MIT
#include "gridring/core/host.hpp"

#include <unistd.h>

#include <array>

namespace gridring {

std::string host_name() {
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

}  // namespace gridring
