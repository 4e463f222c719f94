// SPDX-License-Identifier: MIT
#include "series/anomalous_regions.hpp"

#include <algorithm>
#include <vector>

#include "gridring/series/flags.hpp"

namespace gridring::series {
namespace {

constexpr std::size_t width = 24;  // [h] on either side
constexpr double most_flagged = .15;

/// bad[t] = flagged hours before t, missing ones not counted.
std::vector<std::uint32_t> count_bad(std::span<const std::uint16_t> flags) {
    std::vector<std::uint32_t> bad(flags.size() + 1, 0);
    for (std::size_t t = 0; t < flags.size(); ++t) bad[t + 1] = bad[t] + (flags[t] != good && flags[t] != missing);
    return bad;
}

/// Hours within `width` of an hour about which so much is bad.
std::vector<bool> surroundings(const std::vector<std::uint32_t>& bad) {
    const std::size_t hours = bad.size() - 1;
    std::vector<bool> found(hours, false);
    std::size_t done = 0;  // hours before it are decided
    for (std::size_t t = 0; t < hours; ++t) {
        const std::size_t begin = t - std::min(t, width), end = std::min(t + width + 1, hours);
        const bool is_bad = bad[end] - bad[begin] >= most_flagged * static_cast<double>(2 * width + 1);
        if (!is_bad) continue;
        const std::size_t last = std::min(t + width, hours);
        for (done = std::max(done, begin); done < last; ++done) found[done] = true;
    }
    return found;
}

/// Flags [begin, end), good hours between bad ones, where nothing excuses them.
void flag_stretch(std::span<std::uint16_t> flags, std::size_t begin, std::size_t end, const std::vector<bool>& is_near,
                  bool is_last) {
    if (end - begin > width && !is_last) return;
    for (std::size_t t = begin; t < end; ++t) {
        const bool has_good_day = t - begin >= width || end - t > width;
        if (is_near[t] && !has_good_day && flags[t] == good) flags[t] = anomalous_region;
    }
}

}  // namespace

void flag_anomalous_regions(std::span<std::uint16_t> flags) {
    const auto bad = count_bad(flags);
    const auto is_near = surroundings(bad);
    for (std::size_t begin = 0; begin < flags.size();) {
        std::size_t end = begin;
        while (end < flags.size() && bad[end + 1] == bad[begin]) ++end;
        if (end > begin) flag_stretch(flags, begin, end, is_near, end == flags.size());
        begin = end + 1;
    }
}

}  // namespace gridring::series
