// SPDX-License-Identifier: MIT
#include "gridring/train/features.hpp"

#include <algorithm>
#include <array>

#include "gridring/core/error.hpp"

namespace gridring::train {
namespace {

constexpr std::int64_t day = 24, week = 168;

/// What a token sees beside its own value, as differences to it: the last day hour by hour, then the same hour of
/// earlier days.
constexpr auto token_lags = [] {
    std::array<std::int64_t, 31> lags{};
    for (std::size_t i = 0; i < 24; ++i) lags[i] = static_cast<std::int64_t>(i) + 1;
    for (std::size_t i = 0; i < 6; ++i) lags[24 + i] = day * (static_cast<std::int64_t>(i) + 2);
    lags[30] = 2 * week;
    return lags;
}();

/// Whole days before the target hour, all at least `horizon` hours: the latest days, then the same day of earlier
/// weeks.
constexpr std::size_t target_lag_count = 10;
std::vector<std::int64_t> target_lags(std::int64_t horizon) {
    const std::int64_t nearest = (horizon + day - 1) / day * day;
    std::vector<std::int64_t> lags;
    for (std::int64_t lag = nearest; lag < nearest + week; lag += day) lags.push_back(lag);
    for (std::int64_t lag = (lags.back() / week + 1) * week; lags.size() < target_lag_count; lag += week)
        lags.push_back(lag);
    return lags;
}

constexpr std::int64_t own_features = 2;  // value and validity

/// The distinct hours that the rows at `positions` predict, as offsets from the sequence's start, and where each row's
/// begin.
std::vector<std::int64_t> target_offsets(std::span<const std::int64_t> positions, std::int64_t horizon,
                                         std::vector<std::int64_t>& first_target) {
    std::vector<std::int64_t> offsets;
    first_target.clear();
    for (const std::int64_t position : positions) {
        std::int64_t next = position + 1;
        const std::int64_t known = offsets.empty() || offsets.back() < next ? 0 : offsets.back() - next + 1;
        first_target.push_back(static_cast<std::int64_t>(offsets.size()) - known);
        for (next += known; next <= position + horizon; ++next) offsets.push_back(next);
    }
    return offsets;
}

}  // namespace

Features::Features(const series::Dataset& data, const series::Scaler& scaler, std::int64_t horizon)
    : data_(data), horizon_(horizon), widths_(input_widths(data)), target_lags_(target_lags(horizon)) {
    expects(data.known_ahead >= horizon, "the calendar is known for a whole horizon after the data");
    scaled_.reserve(data.filled_mw.size());
    for (std::size_t i = 0; i < data.filled_mw.size(); ++i)
        scaled_.push_back(
            scaler.scale(static_cast<std::int64_t>(i) / data.hours, static_cast<double>(data.filled_mw[i])));
}

/// Scaled demand; hours before the data have the first value.
float Features::value(std::int64_t region, std::int64_t hour) const {
    return scaled_[static_cast<std::size_t>(region * data_.hours + std::max<std::int64_t>(hour, 0))];
}

void Features::fill_token(std::int64_t region, std::int64_t hour, float* row) const {
    const float now = value(region, hour);
    *row++ = now;
    *row++ = data_.valid(region, hour) ? 1.0f : 0.0f;
    for (const std::int64_t lag : token_lags) *row++ = now - value(region, hour - lag);
    std::ranges::copy(data_.calendar_of(region, hour), row);
}

void Features::fill_target(std::int64_t region, std::int64_t hour, float* row) const {
    const float nearest = value(region, hour - target_lags_.front());
    *row++ = nearest;
    for (std::size_t i = 1; i < target_lags_.size(); ++i) *row++ = value(region, hour - target_lags_[i]) - nearest;
    std::ranges::copy(data_.calendar_of(region, hour), row);
}

void Features::fill_truth(model::Batch& batch, std::int64_t row, std::int64_t region, std::int64_t hour,
                          HourSpan targets) const {
    for (std::int64_t h = 0; h < horizon_; ++h) {
        const std::int64_t target = hour + 1 + h;
        const auto i = static_cast<std::size_t>(row * horizon_ + h);
        const bool is_learnt = targets.begin <= target && target < targets.end && data_.valid(region, target);
        batch.baseline[i] = value(region, target - target_lags_.front());
        batch.actual[i] = is_learnt ? value(region, target) : 0.0f;
        batch.weight[i] = is_learnt ? 1.0f : 0.0f;
    }
}

void Features::fill(model::Batch& batch, std::span<const Sequence> sequences, std::span<const std::int64_t> positions,
                    HourSpan targets) const {
    const auto offsets = target_offsets(positions, horizon_, batch.first_target);
    batch.batch = static_cast<std::int64_t>(sequences.size());
    batch.rows = static_cast<std::int64_t>(positions.size());
    batch.hours = static_cast<std::int64_t>(offsets.size());
    const auto rows = static_cast<std::size_t>(batch.batch * batch.rows);
    batch.token.resize(rows * static_cast<std::size_t>(widths_.token));
    batch.target.resize(static_cast<std::size_t>(batch.batch * batch.hours * widths_.target));
    for (auto* values : {&batch.baseline, &batch.actual, &batch.weight})
        values->resize(rows * static_cast<std::size_t>(horizon_));
    batch.key_is_valid.resize(rows);

    std::int64_t row = 0;
    float *token = batch.token.data(), *target = batch.target.data();
    for (const Sequence& sequence : sequences) {
        for (const std::int64_t position : positions) {
            const std::int64_t hour = sequence.first + position;
            fill_token(sequence.region, hour, token);
            fill_truth(batch, row, sequence.region, hour, targets);
            batch.key_is_valid[static_cast<std::size_t>(row)] = data_.valid(sequence.region, hour) ? 1 : 0;
            token += widths_.token;
            ++row;
        }
        for (const std::int64_t offset : offsets) {
            fill_target(sequence.region, sequence.first + offset, target);
            target += widths_.target;
        }
    }
}

model::InputWidths input_widths(const series::Dataset& data) {
    return {own_features + static_cast<std::int64_t>(token_lags.size()) + data.calendar_width,
            static_cast<std::int64_t>(target_lag_count) + data.calendar_width};
}

model::Batch make_batch(const series::Dataset& data, const series::Scaler& scaler, std::span<const Sequence> sequences,
                        std::span<const std::int64_t> positions, std::int64_t horizon, std::int64_t target_end) {
    model::Batch batch;
    Features(data, scaler, horizon).fill(batch, sequences, positions, {0, target_end});
    return batch;
}

}  // namespace gridring::train
