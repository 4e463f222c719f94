// SPDX-License-Identifier: MIT
#include "fault_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::source {

FaultPlan::FaultPlan(std::vector<Regular> regular, double rate, std::vector<std::string> mix, std::uint64_t seed)
    : regular_(std::move(regular)), rate_(rate), mix_(std::move(mix)), seed_(seed) {
    if (!(rate >= 0 && rate <= 1))
        throw ConfigError(fmt::format("fault mix: expected a share of the requests from 0 to 1, found {}", rate));
}

std::string_view FaultPlan::due(std::int64_t number) const {
    const auto regular = std::ranges::find_if(regular_, [&](const Regular& one) { return number % one.every == 0; });
    if (regular != regular_.end()) return regular->kind;
    Random random(mix_seed(seed_, 0xD1CE, static_cast<std::uint64_t>(number)));
    if (mix_.empty() || random.uniform() >= rate_) return {};
    return mix_[static_cast<std::size_t>(random.below(std::ssize(mix_)))];
}

void FaultPlan::count(std::string_view kind) {
    const std::lock_guard lock(mutex_);
    ++counts_[std::string(kind)];
}

std::map<std::string, std::int64_t> FaultPlan::counts() const {
    const std::lock_guard lock(mutex_);
    return counts_;
}

std::vector<std::string> healing_kinds(const std::vector<FaultKind>& kinds) {
    std::vector<std::string> names;
    for (const FaultKind& kind : kinds)
        if (kind.heals) names.emplace_back(kind.name);
    return names;
}

bool ruin_transport(net::Response& response, std::string_view kind, Random& chance) {
    const std::size_t size = response.body.size();
    if (kind == "latency")
        response.delay = std::chrono::milliseconds{200 + chance.below(401)};
    else if (kind == "reset")
        response.mischief.reset_after =
            size / 4 + static_cast<std::size_t>(chance.uniform() * 0.5 * static_cast<double>(size));
    else if (kind == "length")
        response.mischief.length_error = chance.below(2) ? 7 : -7;
    else if (kind == "trickle")
        response.mischief.trickle_bytes = size / 10 + 1;
    else if (kind == "stale")
        response.mischief.closes_silently = true;
    else
        return false;
    return true;
}

void damage(std::string& packed) {
    for (std::size_t at = packed.size() / 2; at < packed.size(); at += 97) packed[at] = static_cast<char>(~packed[at]);
    packed[packed.size() - 6] ^= 1;  // the checksum of gzip at least, so that it cannot pass
}

}  // namespace gridring::source
