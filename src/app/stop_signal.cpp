// SPDX-License-Identifier: MIT
#include "app/stop_signal.hpp"

#include <chrono>
#include <csignal>

#include "gridring/core/log.hpp"

namespace gridring::app {
namespace {

volatile std::sig_atomic_t caught = 0;

void on_signal(int signal) {
    if (caught) std::_Exit(128 + signal);
    caught = signal;
}

/// A handler may do next to nothing, so a thread looks what it caught.
void watch(const std::stop_token& is_over, std::stop_source& stop, const std::string& told) {
    while (!is_over.stop_requested()) {
        std::this_thread::sleep_for(std::chrono::milliseconds{50});
        if (!caught || stop.stop_requested()) continue;
        log::info(told);
        stop.request_stop();
    }
}

}  // namespace

StopSignal::StopSignal(std::string told)
    : watcher_([this, told = std::move(told)](const std::stop_token& is_over) { watch(is_over, stop_, told); }) {
    caught = 0;
    std::signal(SIGTERM, on_signal);
    std::signal(SIGINT, on_signal);
}

StopSignal::~StopSignal() {
    std::signal(SIGTERM, SIG_DFL);
    std::signal(SIGINT, SIG_DFL);
}

int StopSignal::signal() const { return caught; }

}  // namespace gridring::app
