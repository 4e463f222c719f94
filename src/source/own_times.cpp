// SPDX-License-Identifier: MIT
#include "own_times.hpp"

#include <algorithm>

namespace gridring::source {
namespace {

using namespace std::chrono;

/// Reads a text from its front.
class Cursor {
public:
    explicit Cursor(std::string_view text) : rest_(text) {}

    std::optional<int> number(std::size_t least, std::size_t most) {
        std::size_t count = 0;
        int value = 0;
        for (; count < most && count < rest_.size() && rest_[count] >= '0' && rest_[count] <= '9'; ++count)
            value = 10 * value + (rest_[count] - '0');
        if (count < least) return std::nullopt;
        rest_.remove_prefix(count);
        return value;
    }
    /// The next letter, if it is one of these; else 0.
    char one_of(std::string_view letters) {
        if (rest_.empty() || letters.find(rest_.front()) == std::string_view::npos) return 0;
        const char found = rest_.front();
        rest_.remove_prefix(1);
        return found;
    }
    bool is_at_end() const { return rest_.empty(); }

private:
    std::string_view rest_;
};

std::optional<sys_days> to_day(std::optional<int> y, std::optional<int> m, std::optional<int> d) {
    if (!y || !m || !d || *y < 1950 || *y > 2150) return std::nullopt;  // a slip in the year makes an axis of centuries
    const year_month_day date{year{*y}, month{static_cast<unsigned>(*m)}, day{static_cast<unsigned>(*d)}};
    return date.ok() ? std::optional(sys_days(date)) : std::nullopt;
}

bool begins_with_year(std::string_view text) {
    return text.size() > 4 && std::ranges::all_of(text.substr(0, 4), [](char c) { return c >= '0' && c <= '9'; });
}

std::optional<sys_days> cut_date(Cursor& cursor, bool is_year_first, DateOrder order) {
    const auto first = is_year_first ? cursor.number(4, 4) : cursor.number(1, 2);
    const char mark = cursor.one_of(is_year_first ? "-/" : "./");
    if (!mark) return std::nullopt;
    const auto second = cursor.number(is_year_first ? 2 : 1, 2);
    if (!cursor.one_of(std::string_view(&mark, 1))) return std::nullopt;
    if (is_year_first) return to_day(first, second, cursor.number(2, 2));
    const auto last = cursor.number(4, 4);
    if (mark == '.') return to_day(last, second, first);
    if (order == DateOrder::unknown) return std::nullopt;
    return order == DateOrder::day_first ? to_day(last, second, first) : to_day(last, first, second);
}

std::optional<minutes> cut_time_of_day(Cursor& cursor) {
    const auto hour = cursor.number(1, 2);
    std::optional<int> minute = 0, second = 0;
    if (cursor.one_of(":")) minute = cursor.number(2, 2);
    if (cursor.one_of(":")) second = cursor.number(2, 2);
    if (cursor.one_of(".") && cursor.number(1, 9) != 0) return std::nullopt;
    if (!hour || !minute || second != 0 || *minute > 59 || *hour > 24 || (*hour == 24 && *minute > 0))
        return std::nullopt;
    return hours{*hour} + minutes{*minute};
}

/// Nothing, Z, +02:00, +0200 or +02; false where it is something else.
bool cut_offset(Cursor& cursor, std::optional<minutes>& offset) {
    cursor.one_of(" ");
    if (cursor.is_at_end()) return true;
    const char sign = cursor.one_of("Zz+-");
    if (sign == 'Z' || sign == 'z') {
        offset = minutes{0};
    } else {
        const auto hour = cursor.number(2, 2);
        cursor.one_of(":");
        const auto minute = cursor.is_at_end() ? std::optional(0) : cursor.number(2, 2);
        if (!sign || !hour || !minute || *hour > 15 || *minute > 59) return false;
        offset = (hours{*hour} + minutes{*minute}) * (sign == '-' ? -1 : 1);
    }
    return cursor.is_at_end();
}

}  // namespace

std::optional<Stamp> parse_stamp(std::string_view text, DateOrder order) {
    Cursor cursor(text);
    const auto day = cut_date(cursor, begins_with_year(text), order);
    if (!day) return std::nullopt;
    Stamp stamp{*day};
    if (cursor.is_at_end()) return stamp;
    if (!cursor.one_of("T ")) return std::nullopt;
    const auto time = cut_time_of_day(cursor);
    if (!time || !cut_offset(cursor, stamp.utc_offset)) return std::nullopt;
    stamp.wall_clock += *time;
    return stamp;
}

TimeLine::TimeLine(const LocalClock* clock, RowLabel labels, minutes step)
    : clock_(clock), labels_(labels), step_(step) {}

/// Where the label names the end, files differ when clocks change: some label a row with the clock at its end, others
/// with the clock at its beginning plus its length. Both readings stand here; the order of rows tells which is meant.
std::vector<Minute> TimeLine::meanings(const Stamp& stamp) const {
    const bool is_ending = labels_ == RowLabel::ending;
    if (stamp.utc_offset) return {stamp.wall_clock - *stamp.utc_offset - (is_ending ? step_ : minutes{0})};
    if (!is_ending) return clock_->instants(stamp.wall_clock);
    auto begins = clock_->instants(stamp.wall_clock - step_);
    for (const Minute end : clock_->instants(stamp.wall_clock)) begins.push_back(end - step_);
    std::ranges::sort(begins);
    return begins;
}

TimeLine::Found TimeLine::next(const Stamp& stamp) {
    if (!stamp.utc_offset && !clock_) return {{}, Fault::has_no_clock};
    const auto begins = meanings(stamp);
    if (begins.empty()) return {{}, Fault::does_not_exist};
    const auto found = std::ranges::find_if(begins, [&](Minute begin) { return begin > last_; });
    if (found == begins.end()) return {begins.back(), Fault::does_not_increase};
    last_ = *found;
    return {*found};
}

}  // namespace gridring::source
