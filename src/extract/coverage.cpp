// SPDX-License-Identifier: MIT
#include "coverage.hpp"

#include <algorithm>

namespace gridring::extract {
namespace {

using std::chrono::hours;

/// Stretches of hours that are false, as pairs of offsets, the second behind the last.
std::vector<std::pair<std::int64_t, std::int64_t>> gaps_of(const std::vector<bool>& covered) {
    std::vector<std::pair<std::int64_t, std::int64_t>> gaps;
    for (auto at = covered.begin(); (at = std::find(at, covered.end(), false)) != covered.end();) {
        const auto end = std::find(at, covered.end(), true);
        gaps.emplace_back(at - covered.begin(), end - covered.begin());
        at = end;
    }
    return gaps;
}

}  // namespace

Coverage::Coverage(const Options& options) : options_(options) {}

std::vector<std::string> Coverage::items_of(const source::Route& route) const {
    return route.name == "region-data" ? options_.types : std::vector<std::string>{every_item};
}

void Coverage::add(const source::Window& window, Hour retrieved) {
    const Hour first = std::max(window.first, options_.from);
    const Hour last = std::min(window.last, std::min(options_.to, retrieved) - hours{options_.update_hours});
    if (first > last) return;
    const auto items = window.items.empty() ? std::vector<std::string>{every_item} : window.items;
    for (const auto& region : window.regions)
        for (const auto& item : items) {
            Hours& covered = covered_[{window.route, region, item}];
            covered.resize(static_cast<std::size_t>((options_.to - options_.from).count() + 1));
            std::fill(covered.begin() + (first - options_.from).count(),
                      covered.begin() + (last - options_.from).count() + 1, true);
        }
}

std::vector<source::Window> Coverage::missing(const source::Route& route,
                                              const std::vector<std::string>& regions) const {
    const Hours nothing(static_cast<std::size_t>((options_.to - options_.from).count() + 1));
    // Items of one region that lack the same hours are asked for together, then regions that lack the same.
    std::map<std::pair<Hours, std::vector<std::string>>, std::vector<std::string>> groups;
    for (const auto& region : regions) {
        std::map<Hours, std::vector<std::string>> items;
        for (const auto& item : items_of(route)) {
            const auto found = covered_.find({&route, region, item});
            items[found == covered_.end() ? nothing : found->second].push_back(item);
        }
        for (const auto& [covered, names] : items) groups[{covered, names}].push_back(region);
    }
    std::vector<source::Window> windows;
    for (const auto& [key, names] : groups) {
        const auto& [covered, items] = key;
        const bool is_whole = items.front() == every_item;
        for (const auto& [begin, end] : gaps_of(covered))
            windows.push_back({&route, options_.from + hours{begin}, options_.from + hours{end - 1}, names,
                               is_whole ? std::vector<std::string>{} : items});
    }
    return windows;
}

}  // namespace gridring::extract
