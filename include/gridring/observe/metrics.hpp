// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "gridring/core/counters.hpp"

namespace gridring::observe {

/// The counters of this process and what the system knows of it (memory, processor time, start), each with the labels
/// `every` beside its own, in Prometheus' text exposition format 0.0.4.
std::string metrics_text(const CounterLabels& every);

/// Answers GET /metrics with metrics_text(), by threads of its own, while it lives.
class MetricsServer {
public:
    /// Port 0 = any free one. Throws ConfigError where it cannot listen there.
    MetricsServer(const std::string& address, std::uint16_t port, CounterLabels every);
    ~MetricsServer();

    std::uint16_t port() const;

private:
    struct Implementation;
    std::unique_ptr<Implementation> self_;
};

}  // namespace gridring::observe
