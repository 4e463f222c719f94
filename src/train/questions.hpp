// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/train/features.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::train {

/// At most `count` leads out of 1 … horizon, all where there are no more. Half of them are of the first `near` hours
/// (all 24, of 48 leads and near 24), where most can be known; the others lie behind it with a density of 1/lead.
/// Increasing; depend on seed and step.
std::vector<std::int64_t> drawn_leads(std::int64_t horizon, std::int64_t near, std::int64_t count, std::uint64_t seed,
                                      std::int64_t step);

/// What a training step asks of its sequences: origins every options.origin_every hours from a random hour on, and at
/// options.origin_hours of every local day.
Asked training_questions(const Options& options, std::span<const Sequence> sequences, const series::Dataset& data,
                         std::int64_t horizon, const Split& split, std::int64_t step);

/// The same questions at every validation.
Asked validation_questions(const Options& options, std::span<const Sequence> sequences, const series::Dataset& data,
                           std::int64_t horizon, const Split& split);

}  // namespace gridring::train
