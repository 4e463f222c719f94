// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <chrono>
#include <csignal>
#include <memory>
#include <thread>

#include "app/commands.hpp"
#include "gridring/source/emulator.hpp"

namespace gridring::app {
namespace {

volatile std::sig_atomic_t stop_requested = 0;

void serve(const source::EmulatorOptions& options) {
    std::signal(SIGINT, [](int) { stop_requested = 1; });
    std::signal(SIGTERM, [](int) { stop_requested = 1; });
    const source::Emulator emulator(options);
    fmt::print(
        "serving {}\nextract from it: EIA_API_KEY={} gridring extract --set source.eia.base_url={}\nCtrl-C ends it\n",
        emulator.url(), options.api_key.empty() ? "any" : "<your --key>", emulator.url());
    std::fflush(stdout);
    while (!stop_requested) std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

}  // namespace

void add_emulate(CLI::App& app, Action& action) {
    auto* command =
        app.add_subcommand("emulate", "Serves the EIA API v2 on loopback: a synthetic grid, or a folder of CSV files");
    command->footer("Example: gridring emulate --data ../shared/data/eia930 --port 8080");
    auto options = std::make_shared<source::EmulatorOptions>();
    auto data = std::make_shared<std::string>();
    auto latency_ms = std::make_shared<std::int64_t>(0);
    command->add_option("--data", *data, "folder of <RESPONDENT>.csv[.gz] with columns period,D,DF,…");
    command->add_option("--port", options->port, "0 = any free one")->capture_default_str();
    command->add_option("--seed", options->seed, "of the synthetic grid")->capture_default_str();
    command->add_option("--latency", *latency_ms, "milliseconds before each reply")->capture_default_str();
    command->add_option("--rate", options->requests_per_second, "requests a second, 429 above; 0 = no limit")
        ->capture_default_str();
    command->add_option("--fault", options->fault_every, "answer every n-th request with 503; 0 = never")
        ->capture_default_str();
    command->add_option("--key", options->api_key, "accept only this key; default: any");
    command->callback([&action, options, data, latency_ms] {
        action.needs_mpi = false;
        action.run = [options, data, latency_ms](const comm::Communicator*) {
            options->data = *data;
            options->latency = std::chrono::milliseconds{*latency_ms};
            serve(*options);
        };
    });
}

}  // namespace gridring::app
