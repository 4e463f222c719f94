// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <string>
#include <string_view>

#include "fault_plan.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/source/emulator.hpp"
#include "meter.hpp"

namespace gridring::source {

/// The OASIS side of the emulator: gateway and faults around its reports. Any thread may call.
class OasisServer {
public:
    /// All three must outlive it.
    OasisServer(const EmulatorOptions& options, const Grid& grid, Meter& meter);

    net::Response serve(const net::Request& request);
    void add_to(EmulatorCounters& counters) const;

private:
    net::Response answer(const net::Request& request, std::string_view fault, std::int64_t number) const;

    const EmulatorOptions& options_;
    const Grid& grid_;
    Meter& meter_;
    FaultPlan faults_;
    std::atomic<std::int64_t> requests_ = 0, faulty_ = 0, throttled_ = 0;
};

}  // namespace gridring::source
