// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/random.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/source/emulator_faults.hpp"

namespace gridring::source {

/// Which request gets which fault, and how many got one.
class FaultPlan {
public:
    struct Regular {
        std::string kind;
        int every;
    };
    /// With probability `rate` a request that no regular fault takes gets one of `mix`. Throws ConfigError for a rate
    /// outside 0 to 1.
    FaultPlan(std::vector<Regular> regular, double rate, std::vector<std::string> mix, std::uint64_t seed);

    /// Of request `number`, from 1: the first regular fault that is due, else of the mix by (seed, number) alone; empty
    /// for none.
    std::string_view due(std::int64_t number) const;
    /// What chance decides about a fault of request `number`.
    Random chance(std::int64_t number) const {
        return Random(mix_seed(seed_, 0xFA17, static_cast<std::uint64_t>(number)));
    }

    void count(std::string_view kind);
    std::map<std::string, std::int64_t> counts() const;

private:
    const std::vector<Regular> regular_;
    const double rate_;
    const std::vector<std::string> mix_;
    const std::uint64_t seed_;
    mutable std::mutex mutex_;
    std::map<std::string, std::int64_t> counts_;
};

/// Of the kinds of either side: those that a mix may draw.
std::vector<std::string> healing_kinds(const std::vector<FaultKind>& kinds);

/// Ruins how a finished reply travels: latency, reset, length, trickle and stale. False for any other kind.
bool ruin_transport(net::Response& response, std::string_view kind, Random& chance);

/// Turns bytes of the second half over, so that a packed body unpacks no more or fails its checksum.
void damage(std::string& packed);

}  // namespace gridring::source
