// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "gridring/sweep/plan.hpp"

namespace gridring::sweep {

std::vector<std::vector<std::size_t>> arms(const Plan& plan) {
    std::vector<std::vector<std::size_t>> all{{}};
    for (const Axis& axis : plan.axes) {
        std::vector<std::vector<std::size_t>> longer;
        for (const auto& at : all)
            for (std::size_t point = 0; point < axis.points.size(); ++point) {
                longer.push_back(at);
                longer.back().push_back(point);
            }
        all = std::move(longer);
    }
    return all;
}

std::string arm_name(const Plan& plan, const std::vector<std::size_t>& at) {
    std::string name;
    for (std::size_t axis = 0; axis < at.size(); ++axis)
        name +=
            fmt::format("{}{}={}", axis == 0 ? "" : ",", plan.axes[axis].name, plan.axes[axis].points[at[axis]].label);
    return name.empty() ? "all" : name;
}

bool is_left_out(const Plan& plan, const std::vector<std::size_t>& at) {
    return std::ranges::any_of(plan.exclude, [&](const Exclusion& exclusion) {
        return std::ranges::all_of(exclusion, [&](const auto& pair) { return at[pair.first] == pair.second; });
    });
}

std::vector<Member> expand(const Plan& plan) {
    std::vector<Member> members;
    for (std::size_t seed = 0; seed < plan.seeds.size(); ++seed)
        for (const auto& at : arms(plan)) {
            if (is_left_out(plan, at)) continue;
            Member member{at, seed, fmt::format("{},seed={}", arm_name(plan, at), plan.seeds[seed]), plan.set};
            for (std::size_t axis = 0; axis < at.size(); ++axis) {
                const auto& overrides = plan.axes[axis].points[at[axis]].overrides;
                member.overrides.insert(member.overrides.end(), overrides.begin(), overrides.end());
            }
            member.overrides.push_back(fmt::format("run.seed={}", plan.seeds[seed]));
            members.push_back(std::move(member));
        }
    return members;
}

}  // namespace gridring::sweep
