// SPDX-License-Identifier: MIT
#include "train/questions.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gridring/core/random.hpp"

namespace gridring::train {
namespace {

/// For every sequence.
std::vector<std::vector<std::int64_t>> origins(const Options& options, std::span<const Sequence> sequences,
                                               const series::Dataset& data, std::uint64_t seed) {
    std::vector<std::vector<std::int64_t>> all;
    Random random(seed);
    for (const Sequence& sequence : sequences) {
        auto& list = all.emplace_back();
        const std::int64_t first = random.below(std::min(options.origin_every, options.sequence_hours));
        for (std::int64_t position = first; position < options.sequence_hours; position += options.origin_every)
            list.push_back(position);
        for (const std::int64_t hour : options.origin_hours)
            for (const std::int64_t origin :
                 series::daily_origins(data, sequence.region, sequence.first, sequence.first + options.sequence_hours,
                                       static_cast<int>(hour)))
                list.push_back(origin - sequence.first);
        std::ranges::sort(list);
        list.erase(std::ranges::unique(list).begin(), list.end());
    }
    return all;
}

}  // namespace

std::vector<std::int64_t> drawn_leads(std::int64_t horizon, std::int64_t near, std::int64_t count, std::uint64_t seed,
                                      std::int64_t step) {
    std::vector<std::int64_t> leads;
    if (count >= horizon) {
        leads.resize(static_cast<std::size_t>(horizon));
        std::iota(leads.begin(), leads.end(), 1);
        return leads;
    }
    Random random(mix_seed(seed, 0x6C656164, static_cast<std::uint64_t>(step)));
    const auto draw = [&](std::int64_t strata, const auto& lead_at) {  // one in each, of equal share
        for (std::int64_t i = 0; i < strata; ++i)
            leads.push_back(static_cast<std::int64_t>(
                lead_at((static_cast<double>(i) + random.uniform()) / static_cast<double>(strata))));
    };
    near = std::min(near, horizon);
    const std::int64_t near_count = std::min(near, (count + 1) / 2);
    draw(near_count, [&](double share) { return 1 + share * static_cast<double>(near); });
    const auto first = static_cast<double>(near + 1), last = static_cast<double>(horizon + 1);
    draw(horizon > near ? count - near_count : 0,
         [&](double share) { return std::min(first * std::pow(last / first, share), last - 1); });
    leads.erase(std::ranges::unique(leads).begin(), leads.end());
    return leads;
}

Asked training_questions(const Options& options, std::span<const Sequence> sequences, const series::Dataset& data,
                         std::int64_t horizon, const Split& split, std::int64_t step) {
    return {origins(options, sequences, data, mix_seed(options.seed, 0x6F726967, static_cast<std::uint64_t>(step))),
            drawn_leads(horizon, options.near, options.leads, options.seed, step),
            {0, split.train_end},
            options.near,
            options.later_weight};
}

Asked validation_questions(const Options& options, std::span<const Sequence> sequences, const series::Dataset& data,
                           std::int64_t horizon, const Split& split) {
    return {origins(options, sequences, data, options.seed),
            drawn_leads(horizon, options.near, options.leads, options.seed, 0),
            {split.train_end, split.validation_end},
            options.near,
            options.later_weight};
}

}  // namespace gridring::train
