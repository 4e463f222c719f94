// SPDX-License-Identifier: MIT
#include "train/sequences.hpp"

#include <algorithm>

#include "gridring/core/random.hpp"

namespace gridring::train {

std::vector<Sequence> training_sequences(const Options& options, const series::Dataset& data, const Split& split,
                                         std::int64_t step) {
    const auto regions = static_cast<std::int64_t>(data.regions.size());
    Random random(mix_seed(options.seed, 0x7261696E, static_cast<std::uint64_t>(step)));
    Random masks(mix_seed(options.seed, 0x616E6F6E, static_cast<std::uint64_t>(step)));
    std::vector<Sequence> sequences;
    for (std::int64_t b = 0; b < options.batch; ++b)
        sequences.push_back({(step * options.batch + b) % regions,
                             random.below(split.train_end - options.sequence_hours + 1),
                             masks.uniform() < options.anonymous});
    return sequences;
}

std::vector<Sequence> validation_sequences(const Options& options, const series::Dataset& data, const Split& split) {
    const std::int64_t span = split.validation_end - split.train_end;
    if (span <= 0) return {};
    const auto regions = static_cast<std::int64_t>(data.regions.size());
    const std::int64_t count = (options.validation_sequences + options.batch - 1) / options.batch * options.batch;
    const std::int64_t rounds = (count + regions - 1) / regions;
    std::vector<Sequence> sequences;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::int64_t end = split.train_end + span * (i / regions + 1) / rounds;
        sequences.push_back({i % regions, std::clamp<std::int64_t>(end - options.sequence_hours, 0,
                                                                   data.hours - options.sequence_hours)});
    }
    return sequences;
}

}  // namespace gridring::train
