// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "gridring/source/eia.hpp"

namespace gridring::extract {

/// A stretch to be fetched in windows of one page each: a deep `offset` is slow, and its pages shift when the table
/// moves.
struct Stretch {
    source::Window window;
    std::int64_t rows_an_hour = 1;
    bool is_exact = true;  ///< no hour has more rows; otherwise it is what was seen last
};

/// Cuts windows off stretches, and learns from each how long the next may be. Thread-safe.
class WindowQueue {
public:
    struct Cut {
        source::Window window;
        std::size_t stretch;
        bool is_exact;  ///< so is the stretch
    };

    WindowQueue(std::vector<Stretch> stretches, std::int64_t page_rows);

    /// Empty when all is cut.
    std::optional<Cut> next();
    void learn(const Cut& cut, std::int64_t rows);
    /// Takes a window back that turned out to have far more rows than a page, to be cut anew.
    void take_back(const Cut& cut, std::int64_t rows);

    /// As far as known now: of what is not yet cut.
    std::int64_t windows_left() const;
    std::int64_t rows_left() const;

private:
    struct State {
        Stretch stretch;
        Hour next;
        std::deque<std::int64_t> seen;  ///< rows an hour of the latest windows
        std::int64_t hours_left() const { return (stretch.window.last - next).count() + 1; }
    };

    const std::int64_t page_rows_;
    mutable std::mutex mutex_;
    std::vector<State> states_;
    std::size_t current_ = 0;
};

}  // namespace gridring::extract
