// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <span>
#include <vector>

namespace gridring::comm {

/// In the order of the rows and in fp64; a block of sums stays in registers and the nearest cache.
template <class T>
void add_up(const std::vector<const T*>& rows, std::span<T> total) {
    std::array<double, 256> sums;
    for (std::size_t begin = 0; begin < total.size(); begin += sums.size()) {
        const std::size_t count = std::min(sums.size(), total.size() - begin);
        sums.fill(0);
        for (const T* row : rows)
            for (std::size_t i = 0; i < count; ++i) sums[i] += static_cast<double>(row[begin + i]);
        for (std::size_t i = 0; i < count; ++i) total[begin + i] = static_cast<T>(sums[i]);
    }
}

}  // namespace gridring::comm
