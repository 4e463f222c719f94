// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/ring/ring_attention.hpp"

namespace gridring::app {

struct MeanAndWorst {
    double mean = 0, worst = 0;
};

/// What one hop of one call cost, over the ranks.
struct HopSummary {
    MeanAndWorst compute_seconds, exposed_seconds, exchange_cpu_seconds, bytes_sent;
};

/// Wall time of `work` on the slowest rank. Collective.
template <class Work>
double seconds_together(const comm::Communicator& world, const Work& work) {
    using Clock = std::chrono::steady_clock;
    world.barrier();
    const auto start = Clock::now();
    work();
    return world.max(std::chrono::duration<double>(Clock::now() - start).count());
}

/// One entry a hop, the same on every rank. `costs` are sums over `calls`. Collective.
std::vector<HopSummary> summarise(const comm::Communicator& world, std::span<const ring::HopCost> costs,
                                  std::int64_t calls);

/// A table with a line a hop and one for their sum: "forward hop   compute ms   …".
void print_hops(const std::string& pass, std::span<const HopSummary> hops);
nlohmann::json to_json(std::span<const HopSummary> hops);

}  // namespace gridring::app
