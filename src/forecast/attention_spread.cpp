// SPDX-License-Identifier: MIT
#include "gridring/forecast/attention_spread.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>

#include "forecast/windows.hpp"
#include "gridring/core/error.hpp"

namespace gridring::forecast {
namespace {

constexpr std::int64_t day = 24, week = 168;
/// First hours of the table's spans.
constexpr std::array<std::int64_t, 10> spans{0, 1, 24, 48, 168, 336, 672, 2016, 4032, 8736};

using Counts = std::function<bool(std::int64_t)>;

double sum_of(const double* of_hour, std::int64_t hours, const Counts& counts) {
    double sum = 0;
    for (std::int64_t hour = 0; hour < hours; ++hour)
        if (counts(hour)) sum += of_hour[hour];
    return sum;
}

std::string line(const std::string& name, const AttentionSpread& spread, const Counts& counts) {
    std::string text = fmt::format("{:<22}{:>8.1f}", name, 100 * sum_of(spread.even.data(), spread.hours, counts));
    for (std::int64_t head = 0; head < spread.layers * spread.heads; ++head)
        text += fmt::format("{:>8.1f}", 100 * sum_of(spread.shares.data() + head * spread.hours, spread.hours, counts));
    return text + "\n";
}

}  // namespace

AttentionSpread attention_spread(const comm::Communicator& alone, model::EnergyTransformer& model,
                                 const series::Dataset& data, const std::vector<std::vector<std::int64_t>>& origins,
                                 const Options& options) {
    expects(alone.size() == 1 && options.ring.mask == attention::Mask{} && options.ring.scale == 0,
            "attention is looked at on one rank, without a window");
    const auto windows = plan_windows(data, origins, options);
    AttentionSpread spread{model.options().layers, model.options().heads, window_length(data, options), 0, {}, {}};
    spread.shares.resize(static_cast<std::size_t>(spread.layers * spread.heads * spread.hours));
    spread.even.resize(static_cast<std::size_t>(spread.hours));
    ring::RingAttention attention(alone, ring::Partition(options.partition, spread.hours, 1), model.attention_shape(1),
                                  options.ring);
    const train::Features features(data, options.features, &model.baseline());
    model::Batch input;
    std::vector<train::Sequence> sequences;
    for (const Window& window : windows) {
        const auto asked = questions(std::span(&window, 1), 1, {1}, sequences);
        features.fill(input, sequences, attention.positions(), asked, attention.team());
        model.forward(input, attention);
        std::ranges::transform(spread.shares, model.attention_shares(input), spread.shares.begin(), std::plus<>());
        for (const Origin& origin : window.origins)
            for (std::int64_t hour = 0; hour <= origin.position; ++hour)
                spread.even[static_cast<std::size_t>(hour)] += 1.0 / static_cast<double>(origin.position + 1);
        spread.origins += std::ssize(window.origins);
    }
    for (auto* shares : {&spread.shares, &spread.even})
        for (double& share : *shares) share /= static_cast<double>(std::max<std::int64_t>(1, spread.origins));
    return spread;
}

std::string to_text(const AttentionSpread& spread) {
    std::string text = fmt::format("{:<22}{:>8}", "hours before", "evenly");
    for (std::int64_t layer = 0; layer < spread.layers; ++layer)
        for (std::int64_t head = 0; head < spread.heads; ++head)
            text += fmt::format("{:>8}", fmt::format("{}.{}", layer + 1, head + 1));
    text += "\n";
    for (std::size_t i = 0; i < spans.size() && spans[i] < spread.hours; ++i) {
        const std::int64_t first = spans[i],
                           last = i + 1 < spans.size() ? spans[i + 1] - 1 : std::numeric_limits<std::int64_t>::max();
        const std::string name =
            first == last ? fmt::format("{}", first) : fmt::format("{} to {}", first, std::min(last, spread.hours - 1));
        text += line(name, spread, [&](std::int64_t hour) { return first <= hour && hour <= last; });
    }
    text += line("same hour, days before", spread, [](std::int64_t hour) { return hour > 0 && hour % day == 0; });
    text += line("same hour, weeks before", spread, [](std::int64_t hour) { return hour > 0 && hour % week == 0; });
    return text;
}

}  // namespace gridring::forecast
