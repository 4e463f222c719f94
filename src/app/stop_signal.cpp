// SPDX-License-Identifier: MIT
#include "app/stop_signal.hpp"

#include <array>
#include <chrono>
#include <csignal>
#include <ctime>

#include "gridring/core/log.hpp"

namespace gridring::app {
namespace {

constexpr std::array handled{SIGTERM, SIGINT, SIGUSR1};  // the last is what mpirun hands on, and what Slurm can send
volatile std::sig_atomic_t caught = 0;

volatile std::sig_atomic_t caught_at = 0;  ///< tenths of a second, of a clock that wraps around
constexpr int same_tenths = 5;

int tenths_now() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<int>((now.tv_sec * 10 + now.tv_nsec / 100'000'000) % 1'000'000);
}

/// Batch systems send one signal by several ways: those that come together are one.
void on_signal(int signal) {
    const int now = tenths_now();
    if (caught && (now - caught_at > same_tenths || now < caught_at)) std::_Exit(128 + signal);
    if (caught) return;
    caught_at = now;
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
    for (const int signal : handled) std::signal(signal, on_signal);
}

StopSignal::~StopSignal() {
    for (const int signal : handled) std::signal(signal, SIG_DFL);
}

int StopSignal::signal() const { return caught; }

EndOfService::EndOfService() {
    for (const int signal : {SIGTERM, SIGINT}) std::signal(signal, [](int) { caught = 1; });
}

void EndOfService::wait() const {
    while (!caught) std::this_thread::sleep_for(std::chrono::milliseconds{100});
}

}  // namespace gridring::app
