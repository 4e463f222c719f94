// SPDX-License-Identifier: MIT
#include "gridring/core/progress.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "log_state.hpp"

namespace gridring {
namespace {

using namespace std::chrono_literals;

std::string short_number(double value) {
    if (value >= 1e6) return fmt::format("{:.1f} M", value / 1e6);
    if (value >= 1e4) return fmt::format("{:.1f} k", value / 1e3);
    return value >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.1f}", value);
}

std::string clock_text(double seconds) {
    const auto whole = static_cast<long>(seconds + 0.5);
    return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                         : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

std::string bar(double fraction) {
    constexpr int width = 28;
    const int full = static_cast<int>(fraction * width);
    std::string text;
    for (int i = 0; i < width; ++i) text += i < full ? "█" : "░";
    return text;
}

}  // namespace

Progress::Progress(std::string task, std::string unit, std::int64_t total, std::chrono::seconds plain_every)
    : task_(std::move(task)),
      unit_(std::move(unit)),
      total_(total),
      start_(std::chrono::steady_clock::now()),
      last_print_(start_),
      plain_every_(plain_every),
      is_terminal_(isatty(STDERR_FILENO) == 1),
      is_silent_(!log::shows_progress()) {}

Progress::~Progress() {
    if (!is_finished_ && !is_silent_ && is_terminal_) std::fputc('\n', stderr);
}

void Progress::update(std::int64_t done, const std::string& note) {
    done_ = done;
    note_ = note;
    const auto now = std::chrono::steady_clock::now();
    if (is_silent_ || now - last_print_ < (is_terminal_ ? 100ms : std::chrono::milliseconds{plain_every_})) return;
    last_print_ = now;
    print(false);
}

void Progress::finish() {
    if (is_finished_) return;
    is_finished_ = true;
    if (!is_silent_) print(true);
}

void Progress::print(bool is_last) {
    const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start_;
    const double rate = elapsed.count() > 0 ? static_cast<double>(done_) / elapsed.count() : 0;
    const double fraction =
        total_ > 0 ? std::clamp(static_cast<double>(done_) / static_cast<double>(total_), 0.0, 1.0) : 0;
    const double left = rate > 0 ? static_cast<double>(std::max<std::int64_t>(total_ - done_, 0)) / rate : 0;
    const std::string time = is_last ? "in " + clock_text(elapsed.count()) : clock_text(left) + " left";
    const std::string text = fmt::format("{} / {} {}, {} {}/s, {}{}{}", done_, total_, unit_, short_number(rate), unit_,
                                         time, note_.empty() ? "" : ", ", note_);
    if (is_terminal_)
        fmt::print(stderr, "\r\x1b[2K{} {} {:3.0f} % {}{}", task_, bar(fraction), 100 * fraction, text,
                   is_last ? "\n" : "");
    else
        fmt::print(stderr, "{}: {:.0f} %, {}\n", task_, 100 * fraction, text);
    std::fflush(stderr);
}

}  // namespace gridring
