// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/calendar.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/source/own_table.hpp"

namespace gridring::source {

/// A time as a file has it.
struct Stamp {
    Minute wall_clock;                                 ///< as if it were UTC
    std::optional<std::chrono::minutes> utc_offset{};  ///< where the file tells it: Z, +02:00
};

/// "2023-01-31T13:30", also with a space, seconds of zero, a slash for the dash, an offset, the date alone (its
/// midnight), "31.01.2023 13:30" and, with an order, "31/1/2023 13:30". 24:00 is the end of the day. Empty for others.
std::optional<Stamp> parse_stamp(std::string_view text, DateOrder order);

/// Turns the times of a file, row by row, into the instants at which its intervals begin. Refers to its arguments.
class TimeLine {
public:
    /// `clock` may be null where every stamp tells its offset.
    TimeLine(const LocalClock* clock, RowLabel labels, std::chrono::minutes step);

    enum class Fault { none, does_not_exist, does_not_increase, has_no_clock };
    struct Found {
        Minute begin{};
        Fault fault = Fault::none;
    };
    /// The first instant behind that of the row before that the stamp can mean.
    Found next(const Stamp& stamp);

private:
    std::vector<Minute> meanings(const Stamp& stamp) const;

    const LocalClock* clock_;
    RowLabel labels_;
    std::chrono::minutes step_;
    Minute last_ = Minute::min();
};

}  // namespace gridring::source
