// SPDX-License-Identifier: MIT
#include "gridring/observe/metrics.hpp"

#include <fmt/format.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <unistd.h>

#include <ctime>
#include <fstream>
#include <utility>
#include <vector>

#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/net/http_server.hpp"

namespace gridring::observe {
namespace {

const double started_at = epoch_seconds();

/// 0 where the system does not tell.
double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double whole = 0, resident = 0;
    statm >> whole >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

/// Of all threads.
double cpu_seconds() {
    timespec time{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

std::vector<CounterReading> readings() {
    auto all = read_counters();
    const auto add = [&](const char* name, CounterKind kind, const char* help, double value,
                         CounterLabels labels = {}) {
        all.push_back({name, help, kind, std::move(labels), value});
    };
    add("gridring_build_info", CounterKind::gauge, "Which gridring this is; always 1.", 1,
        {{"version", std::string(version())}, {"commit", std::string(git_commit())}});
    add("process_resident_memory_bytes", CounterKind::gauge, "Memory that the process holds resident.",
        resident_bytes());
    add("process_cpu_seconds_total", CounterKind::total, "Processor time of all threads.", cpu_seconds());
    add("process_start_time_seconds", CounterKind::gauge, "When the process started, since 1970.", started_at);
    return all;
}

net::Response reply(int status, std::string body) {
    net::Response response;
    response.status = status, response.body = std::move(body);
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
}

}  // namespace

std::string metrics_text(const CounterLabels& every) {
    std::vector<prometheus::MetricFamily> families;
    for (const auto& reading : readings()) {
        const bool is_total = reading.kind == CounterKind::total;
        if (families.empty() || families.back().name != reading.name)
            families.push_back({reading.name,
                                reading.help,
                                is_total ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge,
                                {}});
        prometheus::ClientMetric metric;
        for (const auto* labels : {&every, &reading.labels})
            for (const auto& [name, value] : *labels) metric.label.push_back({name, value});
        (is_total ? metric.counter.value : metric.gauge.value) = reading.value;
        families.back().metric.push_back(std::move(metric));
    }
    return prometheus::TextSerializer().Serialize(families);
}

struct MetricsServer::Implementation {
    Implementation(const std::string& address, std::uint16_t port, CounterLabels labels)
        : every(std::move(labels)),
          server({.port = port, .threads = 1, .address = address}, [this](const net::Request& request) {
              if (request.target != "/metrics") return reply(404, "metrics are at /metrics\n");
              if (request.method != "GET") return reply(405, "GET alone\n");
              return reply(200, metrics_text(every));
          }) {}

    CounterLabels every;
    net::HttpServer server;  // last: it reads the labels until it is gone
};

MetricsServer::MetricsServer(const std::string& address, std::uint16_t port, CounterLabels every) try
    : self_(std::make_unique<Implementation>(address, port, std::move(every))) {
} catch (const HttpError& error) {
    throw ConfigError(fmt::format("/observe/metrics_port: {}", error.what()));
}

MetricsServer::~MetricsServer() = default;

std::uint16_t MetricsServer::port() const { return self_->server.port(); }

}  // namespace gridring::observe
