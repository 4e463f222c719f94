// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/core/random.hpp"

namespace gridring::test {

/// The ranks of this test program. Use CHECK before a collective: a failed REQUIRE, like an exception that leaves a
/// test case, ends the run on every rank, since the partners would wait for ever.
const comm::Communicator& world();

/// What `rank` brings to a sum: magnitudes so far apart that the order of addition shows in the last bits.
template <class T>
std::vector<T> brought_by(int rank, std::size_t size, std::uint64_t seed) {
    Random random(mix_seed(seed, static_cast<std::uint64_t>(rank)));
    std::vector<T> values(size);
    for (T& value : values)
        value = static_cast<T>(std::ldexp(random.uniform() - 0.5, static_cast<int>(random.below(20))));
    return values;
}

}  // namespace gridring::test
