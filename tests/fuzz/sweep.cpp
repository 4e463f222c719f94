// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gridring/core/error.hpp"
#include "gridring/sweep/plan.hpp"

/// Whatever a sweep file holds is a plan, whose members have names of their own, or refused with a ConfigError.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gridring;
    try {
        const auto plan = sweep::parse_plan(std::string(reinterpret_cast<const char*>(data), size), "fuzz.yaml", {});
        std::size_t arms = 1;
        for (const auto& axis : plan.axes) arms *= axis.points.size();
        if (arms * plan.seeds.size() > 10'000) return 0;
        for (const auto& member : sweep::expand(plan))
            if (member.name.empty() || member.name.find('/') != std::string::npos) std::abort();
    } catch (const ConfigError&) {
    }
    return 0;
}
