// SPDX-License-Identifier: MIT
#include "forecast/windows.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::forecast {

std::int64_t window_length(const series::Dataset& data, const Options& options) {
    return std::min(options.context_hours, data.hours);
}

void expect_inside(const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins) {
    expects(origins.size() == data.regions.size(), "one list of origins a region");
    for (const auto& list : origins)
        for (const std::int64_t hour : list)
            if (hour < 0 || hour >= data.hours)
                throw DataError(fmt::format("forecast origin {} lies outside the data of {} hours", hour, data.hours));
}

std::vector<Window> plan_windows(const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                 const Options& options) {
    expect_inside(data, origins);
    const std::int64_t length = window_length(data, options);
    const std::int64_t least = options.least_context > 0 ? std::min(options.least_context, length) - 1 : length / 2;
    std::vector<Window> windows;
    for (std::size_t region = 0; region < origins.size(); ++region) {
        const auto& list = origins[region];
        const auto region_index = static_cast<std::int64_t>(region);
        for (auto ordinal = static_cast<std::int64_t>(list.size()) - 1; ordinal >= 0; --ordinal) {
            const std::int64_t hour = list[static_cast<std::size_t>(ordinal)];
            const bool fits = !windows.empty() && windows.back().sequence.region == region_index &&
                              (hour >= windows.back().sequence.first + least || windows.back().sequence.first == 0);
            if (!fits) windows.push_back({{region_index, std::max<std::int64_t>(0, hour + 1 - length)}, {}});
            windows.back().origins.push_back({region_index, ordinal, hour - windows.back().sequence.first});
        }
    }
    for (Window& window : windows) std::ranges::reverse(window.origins);  // as positions increase
    return windows;
}

train::Asked questions(std::span<const Window> batch, std::int64_t batch_size, const std::vector<std::int64_t>& leads,
                       std::vector<train::Sequence>& sequences) {
    train::Asked asked;
    sequences.clear();
    for (const Window& window : batch) {
        sequences.push_back(window.sequence);
        auto& positions = asked.origins.emplace_back();
        for (const Origin& origin : window.origins) positions.push_back(origin.position);
    }
    sequences.resize(static_cast<std::size_t>(batch_size), sequences.back());
    asked.origins.resize(static_cast<std::size_t>(batch_size));
    asked.leads = leads;
    return asked;
}

}  // namespace gridring::forecast
