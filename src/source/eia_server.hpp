// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "fault_plan.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/source/emulator.hpp"
#include "meter.hpp"
#include "reply_cache.hpp"

namespace gridring::source {

/// The EIA side of the emulator: gateway, key, faults and cache around the routes. Any thread may call.
class EiaServer {
public:
    /// All three must outlive it.
    EiaServer(const EmulatorOptions& options, const Grid& grid, Meter& meter);

    net::Response serve(const net::Request& request);
    void add_to(EmulatorCounters& counters) const;

private:
    using Clock = std::chrono::steady_clock;
    struct Fault {
        std::string_view kind{};
        std::int64_t number = 0;  ///< of the request for data
    };

    net::Response answer(const net::Request& request, std::string_view path, const Fault& fault);
    std::optional<net::Response> refuse_at_gateway(const Fault& fault);
    std::optional<net::Response> check_key(const net::Request& request, nlohmann::ordered_json& params) const;
    net::Response answer_route_with(const net::Request& request, std::string_view path,
                                    const nlohmann::ordered_json& params, const Fault& fault);
    void ruin(net::Response& response, const Fault& fault);
    bool is_suspended() const { return Clock::now().time_since_epoch().count() < suspended_until_; }

    const EmulatorOptions& options_;
    const Grid& grid_;
    Meter& meter_;
    FaultPlan faults_;
    ReplyCache cache_;
    std::atomic<Clock::rep> suspended_until_ = Clock::time_point::min().time_since_epoch().count();
    std::atomic<std::int64_t> requests_ = 0, data_requests_ = 0, data_pages_ = 0, throttled_ = 0, faulty_ = 0,
                              cached_ = 0;
};

}  // namespace gridring::source
