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
        "serving {}\nextract from it: EIA_API_KEY={} gridring extract --set source.eia.base_url={}\n"
        "OASIS at {}\nextract from it: gridring extract --set source.kind=caiso --set source.caiso.base_url={} "
        "--set source.caiso.seconds_between_requests=0.01\nCtrl-C ends it\n",
        emulator.url(), options.api_key.empty() ? "any" : "<your --key>", emulator.url(), emulator.oasis_url(),
        emulator.oasis_url());
    std::fflush(stdout);
    while (!stop_requested) std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

}  // namespace

void add_emulate(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "emulate", "Serves the EIA API v2 and CAISO's OASIS on loopback: a synthetic grid, or a folder of CSV files");
    command->footer("Example: gridring emulate --data ../shared/data/eia930 --port 8080");
    auto options = std::make_shared<source::EmulatorOptions>();
    auto data = std::make_shared<std::string>();
    auto latency_ms = std::make_shared<std::int64_t>(0);
    auto oasis_faults = std::make_shared<std::vector<std::string>>();
    auto oasis_from = std::make_shared<std::string>();
    command->add_option("--data", *data, "folder of <RESPONDENT>.csv[.gz] with columns period,D,DF,…");
    command->add_option("--port", options->port, "0 = any free one")->capture_default_str();
    command->add_option("--seed", options->seed, "of the synthetic grid")->capture_default_str();
    command->add_option("--latency", *latency_ms, "milliseconds before each reply")->capture_default_str();
    command->add_option("--rate", options->requests_per_second, "requests a second, 429 above; 0 = no limit")
        ->capture_default_str();
    command->add_option("--fault", options->fault_every, "answer every n-th request with 503; 0 = never")
        ->capture_default_str();
    command->add_option("--oasis-fault", *oasis_faults,
                        "KIND[/N]: answer every N-th request to OASIS with 429, an error of 1000 to 1016, truncated, "
                        "delayed or unsorted; may be given several times");
    command->add_option("--oasis-from", *oasis_from, "first hour that OASIS retains; error 1014 before");
    command->add_option("--key", options->api_key, "accept only this key; default: any");
    command->callback([&action, options, data, latency_ms, oasis_faults, oasis_from] {
        action.needs_mpi = false;
        action.run = [options, data, latency_ms, oasis_faults, oasis_from](const comm::Communicator*) {
            options->data = *data;
            options->latency = std::chrono::milliseconds{*latency_ms};
            for (const auto& fault : *oasis_faults) options->oasis_faults.push_back(source::OasisFault::parse(fault));
            if (!oasis_from->empty()) options->oasis_from = require_hour(*oasis_from, "--oasis-from");
            serve(*options);
        };
    });
}

}  // namespace gridring::app
