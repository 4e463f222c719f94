// SPDX-License-Identifier: MIT
#include "nearest_name.hpp"

#include "gridring/core/edit_distance.hpp"

namespace gridring::config {

std::string nearest_name(std::string_view name, const std::vector<std::string>& candidates) {
    std::string best;
    std::size_t best_distance = name.size() / 2 + 2;
    for (const auto& candidate : candidates) {
        const std::size_t distance = edit_distance(name, candidate);
        if (distance < best_distance) best_distance = distance, best = candidate;
    }
    return best;
}

}  // namespace gridring::config
