// SPDX-License-Identifier: MIT
#include "model/lead_heads.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gridring::model {
namespace {

/// Numbers of columns [begin, end) of a [rows][K] array whose cells hold `width` values: out of it, or back into it.
void take(std::vector<float>& part, const std::vector<float>& all, std::int64_t leads, std::int64_t begin,
          std::int64_t end, std::int64_t width) {
    const std::int64_t rows = std::ssize(all) / (leads * width), cells = (end - begin) * width;
    part.resize(static_cast<std::size_t>(rows * cells));
    for (std::int64_t row = 0; row < rows; ++row)
        std::copy_n(all.data() + (row * leads + begin) * width, cells, part.data() + row * cells);
}

void give(const std::vector<float>& part, std::vector<float>& all, std::int64_t leads, std::int64_t begin,
          std::int64_t end, std::int64_t width) {
    const std::int64_t cells = (end - begin) * width, rows = std::ssize(part) / cells;
    for (std::int64_t row = 0; row < rows; ++row)
        std::copy_n(part.data() + row * cells, cells, all.data() + (row * leads + begin) * width);
}

}  // namespace

LeadHeads::LeadHeads(Parameters& parameters, const Options& options, std::int64_t target_width) {
    std::int64_t first = 1;
    for (std::size_t i = 0; i <= options.head_ends.size(); ++i) {
        const std::int64_t last = i < options.head_ends.size() ? options.head_ends[i] : options.horizon;
        const auto name = options.head_ends.empty() ? std::string("head") : fmt::format("head.{}", first);
        ranges_.push_back({ForecastHead(parameters, name, options, target_width), last, 0, 0, {}, {}});
        first = last + 1;
    }
}

void LeadHeads::initialise(Parameters& parameters, std::uint64_t seed) const {
    for (const Range& range : ranges_) range.head.initialise(parameters, seed);
}

/// Leads increase, so every head's are neighbours.
void LeadHeads::divide(const Batch& batch) {
    const std::int64_t leads = std::ssize(batch.leads), origins = std::ssize(batch.origins);
    std::int64_t begin = 0;
    for (Range& range : ranges_) {
        range.begin = begin;
        begin = range.end = std::ranges::upper_bound(batch.leads, range.last) - batch.leads.begin();
        range.part.leads.assign(batch.leads.begin() + range.begin, batch.leads.begin() + range.end);
        range.part.origins = batch.origins;
        range.part.row_keys = batch.row_keys;
        range.part.baseline.clear();
        if (origins == 0) continue;
        take(range.part.target, batch.target, leads, range.begin, range.end,
             std::ssize(batch.target) / (origins * leads));
        take(range.part.baseline, batch.baseline, leads, range.begin, range.end, 1);
    }
}

void LeadHeads::forward(const Parameters& parameters, math::ConstMatrixView x, const Batch& batch,
                        math::ThreadTeam& team, std::vector<float>& quantiles) {
    if (ranges_.size() == 1) return ranges_.front().head.forward(parameters, x, batch, team, quantiles);
    divide(batch);
    const std::int64_t leads = std::ssize(batch.leads), levels = ranges_.front().head.levels();
    quantiles.resize(batch.baseline.size() * static_cast<std::size_t>(levels));
    for (Range& range : ranges_) {
        if (range.part.baseline.empty()) continue;
        range.head.forward(parameters, x, range.part, team, range.quantiles);
        give(range.quantiles, quantiles, leads, range.begin, range.end, levels);
    }
}

void LeadHeads::backward(const Parameters& parameters, std::span<const GradientSum> gradients, math::ConstMatrixView x,
                         const Batch& batch, math::ThreadTeam& team, std::vector<float>& dquantiles,
                         math::MatrixView dx) {
    std::fill_n(dx.data, dx.rows * dx.cols, 0.0f);
    if (ranges_.size() == 1)
        return ranges_.front().head.backward(parameters, gradients, x, batch, team, dquantiles, dx);
    const std::int64_t leads = std::ssize(batch.leads), levels = ranges_.front().head.levels();
    for (Range& range : ranges_) {
        if (range.part.baseline.empty()) continue;
        take(range.quantiles, dquantiles, leads, range.begin, range.end, levels);
        range.head.backward(parameters, gradients, x, range.part, team, range.quantiles, dx);
    }
}

}  // namespace gridring::model
