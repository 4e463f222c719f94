// SPDX-License-Identifier: MIT
#include "app/metrics.hpp"

#include <fmt/format.h>

#include <chrono>

#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/core/log.hpp"

namespace gridring::app {
namespace {

Counter& gauge(const char* name, const char* help) { return counter(name, CounterKind::gauge, help); }

/// Sums over all calls of this start, by pass and hop.
void count_hops(const char* pass, const std::vector<ring::HopCost>& hops) {
    for (std::size_t hop = 0; hop < hops.size(); ++hop) {
        const CounterLabels labels{{"pass", pass}, {"hop", std::to_string(hop)}};
        const auto total = [&](const char* name, const char* help, double value) {
            counter(name, CounterKind::total, help, labels).set(value);
        };
        const auto& cost = hops[hop];
        total("gridring_ring_compute_seconds_total", "Attention computed in this hop.", cost.compute_seconds);
        total("gridring_ring_exposed_wait_seconds_total", "Waited for a block that was not yet there.",
              cost.exposed_seconds);
        total("gridring_ring_transfer_seconds_total", "Blocks under way, hidden behind compute or not.",
              cost.transfer_seconds);
        total("gridring_ring_sent_bytes_total", "Bytes of the blocks that this rank sent.",
              static_cast<double>(cost.bytes_sent));
    }
}

void count_steps(std::int64_t done, std::int64_t planned) {
    gauge("gridring_training_step", "Steps done.").set(static_cast<double>(done));
    gauge("gridring_training_planned_steps", "Steps of the whole training.").set(static_cast<double>(planned));
}

}  // namespace

std::unique_ptr<observe::MetricsServer> serve_metrics(const MetricsSettings& settings, int rank) {
    if (settings.port == 0 || (rank > 0 && !settings.of_all_ranks)) return nullptr;
    const int port = settings.port + rank;
    if (port > 65535)
        throw ConfigError(
            fmt::format("/observe/metrics_port: rank {} would be at port {}, of at most 65535; expected a "
                        "lower one, found {}",
                        rank, port, settings.port));
    auto server = std::make_unique<observe::MetricsServer>(settings.address, static_cast<std::uint16_t>(port),
                                                           CounterLabels{{"rank", std::to_string(rank)}});
    log::info(fmt::format("metrics: http://{}:{}/metrics", settings.address, server->port()));
    return server;
}

std::unique_ptr<observe::MetricsServer> serve_metrics_together(const comm::Communicator& world,
                                                               const MetricsSettings& settings) {
    std::unique_ptr<observe::MetricsServer> server;
    comm::run_together(world, [&] { server = serve_metrics(settings, world.rank()); });
    return server;
}

void begin_counting(const train::Options& options) { count_steps(0, options.steps); }

void end_counting(const train::Report& report) { count_steps(report.steps_done, report.steps_done); }

void count_training(const train::Options& options, const train::Report& report) {
    const auto tokens = static_cast<double>(options.batch * options.sequence_hours);
    const auto steps = static_cast<double>(report.steps_done - report.first_step);
    count_steps(report.steps_done, options.steps);
    counter("gridring_training_tokens_total", CounterKind::total, "Tokens learnt from since this start, all ranks.")
        .set(steps * tokens);
    gauge("gridring_training_tokens_per_second", "Mean over the steps of this start, all ranks.")
        .set(report.tokens_per_second);
    gauge("gridring_training_loss", "Loss of the last step.").set(report.training_loss.back());
    gauge("gridring_training_gradient_norm", "Norm of its gradient, before clipping.").set(report.gradient_norm.back());
    if (!report.validation_loss.empty())
        gauge("gridring_training_validation_loss", "Loss of the last validation.").set(report.validation_loss.back());
    auto& checkpoint = gauge("gridring_training_checkpoint_step", "Step of the last checkpoint; -1 = none yet.");
    auto& written = gauge("gridring_training_checkpoint_timestamp_seconds",
                          "When it was written, since 1970; before the first of this start, when that began.");
    const auto step = static_cast<double>(report.checkpoint_step);
    if (written.value() == 0 || checkpoint.value() != step) written.set(epoch_seconds());
    checkpoint.set(step);
    count_hops("forward", report.ring.forward);
    count_hops("backward", report.ring.backward);
}

}  // namespace gridring::app
