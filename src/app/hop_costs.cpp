// SPDX-License-Identifier: MIT
#include "app/hop_costs.hpp"

#include <fmt/format.h>

#include <array>

namespace gridring::app {
namespace {

constexpr std::size_t fields = 4;

std::array<double, fields> fields_of(const ring::HopCost& cost) {
    return {cost.compute_seconds, cost.exposed_seconds, cost.exchange_cpu_seconds,
            static_cast<double>(cost.bytes_sent)};
}

std::array<MeanAndWorst*, fields> fields_of(HopSummary& hop) {
    return {&hop.compute_seconds, &hop.exposed_seconds, &hop.exchange_cpu_seconds, &hop.bytes_sent};
}

void print_line(const std::string& name, const HopSummary& hop) {
    const auto ms = [](const MeanAndWorst& time) {
        return fmt::format("{:>10.2f} {:>8.2f}", 1e3 * time.mean, 1e3 * time.worst);
    };
    fmt::print("  {:<12} {} {} {:>10.2f} {}\n", name, ms(hop.compute_seconds), ms(hop.exposed_seconds),
               1e-6 * hop.bytes_sent.mean, ms(hop.exchange_cpu_seconds));
}

}  // namespace

std::vector<HopSummary> summarise(const comm::Communicator& world, std::span<const ring::HopCost> costs,
                                  std::int64_t calls) {
    std::vector<HopSummary> hops(costs.size());
    for (std::size_t hop = 0; hop < costs.size(); ++hop) {
        const auto mine = fields_of(costs[hop]);
        auto sums = mine;
        world.sum(std::span<double>(sums));
        const auto into = fields_of(hops[hop]);
        const auto number = static_cast<double>(std::max<std::int64_t>(calls, 1));
        for (std::size_t i = 0; i < fields; ++i)
            *into[i] = {sums[i] / number / world.size(), world.max(mine[i]) / number};
    }
    return hops;
}

void print_hops(const std::string& pass, std::span<const HopSummary> hops) {
    fmt::print("  {:<12} {:>19} {:>19} {:>10} {:>19}\n", pass, "compute ms", "exposed wait ms", "MB sent",
               "exchange CPU ms");
    fmt::print("  {:<12} {:>10} {:>8} {:>10} {:>8} {:>10} {:>10} {:>8}\n", "hop", "mean", "worst", "mean", "worst",
               "mean", "mean", "worst");
    HopSummary total;
    for (std::size_t hop = 0; hop < hops.size(); ++hop) {
        HopSummary summary = hops[hop];
        print_line(std::to_string(hop), summary);
        const auto from = fields_of(summary), to = fields_of(total);
        for (std::size_t i = 0; i < fields; ++i) {
            to[i]->mean += from[i]->mean;
            to[i]->worst += from[i]->worst;
        }
    }
    if (hops.size() > 1) print_line("all", total);
}

nlohmann::json to_json(std::span<const HopSummary> hops) {
    auto list = nlohmann::json::array();
    for (const HopSummary& hop : hops) {
        const auto both = [](const MeanAndWorst& value) {
            return nlohmann::json{{"mean", value.mean}, {"worst", value.worst}};
        };
        list.push_back({{"compute_seconds", both(hop.compute_seconds)},
                        {"exposed_seconds", both(hop.exposed_seconds)},
                        {"exchange_cpu_seconds", both(hop.exchange_cpu_seconds)},
                        {"bytes_sent", both(hop.bytes_sent)}});
    }
    return list;
}

}  // namespace gridring::app
