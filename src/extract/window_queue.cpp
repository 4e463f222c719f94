// SPDX-License-Identifier: MIT
#include "window_queue.hpp"

#include <algorithm>

namespace gridring::extract {
namespace {

using std::chrono::hours;

/// A region that sends nothing for a week must not make the window after it longer than a page.
constexpr std::size_t remembered = 8;

}  // namespace

WindowQueue::WindowQueue(std::vector<Stretch> stretches, std::int64_t page_rows) : page_rows_(page_rows) {
    for (auto& stretch : stretches) {
        const Hour first = stretch.window.first;
        states_.push_back({std::move(stretch), first, {}});
    }
}

std::optional<WindowQueue::Cut> WindowQueue::next() {
    const std::lock_guard lock(mutex_);
    while (current_ < states_.size() && states_[current_].hours_left() <= 0) ++current_;
    if (current_ == states_.size()) return std::nullopt;
    State& state = states_[current_];
    Cut cut{state.stretch.window, current_, state.stretch.is_exact};
    const hours length{source::hours_a_page(state.stretch.rows_an_hour, page_rows_)};
    cut.window.first = state.next;
    cut.window.last = std::min(state.next + length - hours{1}, state.stretch.window.last);
    state.next = cut.window.last + hours{1};
    return cut;
}

void WindowQueue::learn(const Cut& cut, std::int64_t rows) {
    const std::lock_guard lock(mutex_);
    State& state = states_[cut.stretch];
    if (state.stretch.is_exact) return;
    state.seen.push_back((rows + cut.window.hours() - 1) / cut.window.hours());
    if (state.seen.size() > remembered) state.seen.pop_front();
    state.stretch.rows_an_hour = std::max<std::int64_t>(1, *std::ranges::max_element(state.seen));
}

void WindowQueue::take_back(const Cut& cut, std::int64_t rows) {
    const std::lock_guard lock(mutex_);
    const std::int64_t rows_an_hour = (rows + cut.window.hours() - 1) / cut.window.hours();
    states_.push_back({{cut.window, rows_an_hour, false}, cut.window.first, {}});
}

std::int64_t WindowQueue::windows_left() const {
    const std::lock_guard lock(mutex_);
    std::int64_t windows = 0;
    for (const State& state : states_) {
        const auto page = source::hours_a_page(state.stretch.rows_an_hour, page_rows_);
        windows += (state.hours_left() + page - 1) / page;
    }
    return windows;
}

std::int64_t WindowQueue::rows_left() const {
    const std::lock_guard lock(mutex_);
    std::int64_t rows = 0;
    for (const State& state : states_) rows += state.hours_left() * state.stretch.rows_an_hour;
    return rows;
}

}  // namespace gridring::extract
