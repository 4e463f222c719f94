// SPDX-License-Identifier: MIT
#include "gridring/train/features.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <utility>

#include "gridring/core/error.hpp"

namespace gridring::train {
namespace {

using series::History;

constexpr std::int64_t day = 24, week = 168, year = 364 * day;

/// What a token sees beside its own value, as differences to it: the last day hour by hour, then the same hour of
/// earlier days.
constexpr auto token_lags = [] {
    std::array<std::int64_t, 31> lags{};
    for (std::size_t i = 0; i < 24; ++i) lags[i] = static_cast<std::int64_t>(i) + 1;
    for (std::size_t i = 0; i < 6; ++i) lags[24 + i] = day * (static_cast<std::int64_t>(i) + 2);
    lags[30] = 2 * week;
    return lags;
}();

constexpr std::int64_t own_features = 2;  // value and validity
constexpr std::int64_t level_features = 4, past_days = 9, past_weeks = 4, neighbours = 4, past_year = 5,
                       origin_features = 6, lead_features = 4, lag_day_features = 4;
constexpr std::int64_t covariate_features = 3;       // value, mean of the day up to it, validity
constexpr std::int64_t covariate_hours_of_lead = 3;  // the target, and the same hour a day and a week before

/// The latest hour at or before `origin` that lies whole multiples of `period` before the target.
std::int64_t latest(std::int64_t origin, std::int64_t lead, std::int64_t period) {
    return origin + lead - (lead + period - 1) / period * period;
}

constexpr std::ptrdiff_t hour_of_day_features = 8;  // the first of series::calendar_feature_names()

}  // namespace

CalendarInputs parse_calendar_inputs(std::string_view name) {
    for (const auto calendar : {CalendarInputs::full, CalendarInputs::hour})
        if (to_string(calendar) == name) return calendar;
    throw ConfigError(fmt::format("expected full or hour, found '{}'", name));
}

std::string_view to_string(CalendarInputs calendar) { return calendar == CalendarInputs::full ? "full" : "hour"; }

Features::Features(const series::Dataset& data, const FeatureOptions& options, const model::LinearBaseline* baseline)
    : data_(data),
      options_(options),
      baseline_(baseline),
      history_(data, options.units, options.look_back),
      widths_(input_widths(data)) {
    if (options_.token_look_back == 0) options_.token_look_back = options_.look_back;
    if (options_.token_look_back != options_.look_back)
        token_history_.emplace(data, options.units, options_.token_look_back);
    for (const std::string& code : data.regions) {
        const auto told = std::ranges::find(data.told_apart, code);
        identity_.push_back(told == data.told_apart.end() ? -1 : told - data.told_apart.begin());
    }
}

void Features::weigh_by_deviation(std::int64_t end) {
    deviation_.clear();
    for (std::int64_t region = 0; region < std::ssize(data_.regions); ++region)
        deviation_.push_back(history_.deviation(region, end));
}

void Features::fill_baseline(std::int64_t region, std::int64_t origin, std::span<const std::int64_t> leads,
                             std::span<float> out) const {
    if (baseline_ == nullptr || baseline_->empty()) {
        for (std::size_t i = 0; i < leads.size(); ++i)
            out[i] = history_.relative(region, origin, latest(origin, leads[i], week));
        return;
    }
    std::vector<float> window(static_cast<std::size_t>(baseline_->hours));
    for (std::int64_t i = 0; i < baseline_->hours; ++i)
        window[static_cast<std::size_t>(i)] = history_.relative(region, origin, origin - baseline_->hours + 1 + i);
    model::predict(*baseline_, baseline_->map_of(data_.regions[static_cast<std::size_t>(region)]), window, leads, out);
}

/// 1 for the region it is, 0 for all others: the weights behind it are a learnt vector a region.
float* Features::fill_identity(const Sequence& sequence, float* row) const {
    float* end = std::fill_n(row, data_.told_apart.size(), 0.0f);
    const std::int64_t own = identity_[static_cast<std::size_t>(sequence.region)];
    if (own >= 0 && !sequence.is_anonymous) row[own] = 1.0f;
    return end;
}

void Features::fill_token(const Sequence& sequence, std::int64_t hour, float* row) const {
    const std::int64_t region = sequence.region;
    const History& history = token_history();
    const std::int64_t look_back = options_.token_look_back;
    *row++ = history.relative(region, hour, hour);
    *row++ = data_.valid(region, hour) ? 1.0f : 0.0f;
    for (const std::int64_t lag : token_lags)
        *row++ = lag < look_back ? history.change(region, hour, hour, hour - lag) : 0.0f;
    *row++ = history.relative_mean(region, hour, hour, History::day);
    *row++ = history.relative_mean(region, hour, hour, History::four_weeks);
    *row++ = history.relative_mean(region, hour, hour, History::twelve_weeks);
    *row++ = 2 * week <= look_back ? history.relative_mean(region, hour, hour - week, History::week) : 0.0f;
    row = copy_calendar(region, hour, row);
    row = fill_identity(sequence, row);
    fill_covariates(region, hour, row);
}

float* Features::copy_calendar(std::int64_t region, std::int64_t hour, float* row) const {
    const auto calendar = data_.calendar_of(region, hour);
    const auto kept = options_.calendar == CalendarInputs::full
                          ? calendar.size()
                          : static_cast<std::size_t>(std::min(hour_of_day_features, std::ssize(calendar)));
    std::fill(std::ranges::copy(calendar.first(kept), row).out, row + calendar.size(), 0.0f);
    return row + calendar.size();
}

/// What is missing is the mean of all that was learnt from, and not valid.
float* Features::fill_covariate(const series::Covariate& covariate, std::int64_t region, std::int64_t origin,
                                std::int64_t hour, float* row) const {
    const auto at = static_cast<std::size_t>(region * (data_.hours + data_.known_ahead) + hour);
    const auto told = [&](float value) {
        if (std::isnan(value)) return 0.0f;
        const auto number = static_cast<double>(value);
        if (covariate.is_power()) return history_.beside(region, origin, number);
        return static_cast<float>((number - covariate.centre) / covariate.unit);
    };
    const bool is_seen = hour >= 0 && (hour <= origin || covariate.is_known(at, origin));
    const float value = is_seen ? covariate.values[at] : std::nanf("");
    *row++ = told(value);
    *row++ = is_seen ? told(covariate.day_means[at]) : 0.0f;
    *row++ = std::isnan(value) ? 0.0f : 1.0f;
    return row;
}

void Features::fill_covariates(std::int64_t region, std::int64_t hour, float* row) const {
    for (const auto& covariate : data_.covariates) row = fill_covariate(covariate, region, hour, hour, row);
}

/// Beside the target hour's the values of those hours whose demand stands in the row, so that the change of demand can
/// be told from the change of weather.
float* Features::fill_known_ahead(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const {
    for (const auto& covariate : data_.covariates)
        if (covariate.is_known_ahead)
            for (const std::int64_t hour : {origin + lead, latest(origin, lead, day), latest(origin, lead, week)})
                row = fill_covariate(covariate, region, origin, hour, row);
    return row;
}

/// What all forecasts of one origin share.
void Features::fill_origin(std::int64_t region, std::int64_t origin, float* shared) const {
    const auto six = [&](std::int64_t back) {
        return history_.relative_mean(region, origin, origin - back, History::six_hours);
    };
    shared[0] = history_.relative(region, origin, origin);
    shared[1] = history_.relative_mean(region, origin, origin, History::day);
    shared[2] = history_.relative_mean(region, origin, origin, History::four_weeks);
    shared[3] = history_.relative_mean(region, origin, origin, History::twelve_weeks);
    shared[4] = six(0) - six(day);
    shared[5] = week + 6 <= options_.look_back ? six(0) - six(week) : 0.0f;
}

/// The same hour of the last days and weeks that the origin knows, and the hours beside the last of both. Nine days:
/// the last one or two also stand beside their own week before, so that what is unusual about now can be told.
float* Features::fill_past_days(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const {
    const auto value = [&](std::int64_t hour) {
        return origin - hour < options_.look_back ? history_.relative(region, origin, hour) : 0.0f;
    };
    for (std::int64_t d = 0; d < past_days; ++d) *row++ = value(latest(origin, lead, day) - day * d);
    for (std::int64_t w = 0; w < past_weeks; ++w) *row++ = value(latest(origin, lead, week) - week * w);
    for (const std::int64_t hour : {latest(origin, lead, day), latest(origin, lead, week)})
        for (const std::int64_t beside : {-1, 1}) *row++ = value(std::min(hour + beside, origin));
    return row;
}

/// The same weekday a year before: the hour, and the week and the four weeks around it, against the week that followed
/// the origin's counterpart; and how the level has moved since.
float* Features::fill_past_year(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const {
    std::fill_n(row, past_year, 0.0f);
    const std::int64_t then = origin - year, hour = then + lead, anchor = then + week;
    if (then >= 0 && year <= options_.look_back) {
        const auto around = [&](std::int64_t span, History::Window window) {
            const std::int64_t last = std::max(hour + span / 2, then + span);  // the span itself lies behind `then`
            return history_.relative_mean(region, origin, std::min(last, origin), window);
        };
        const float level_then = history_.relative_mean(region, origin, anchor, History::week);
        row[0] = history_.relative_to(region, origin, hour, anchor);
        row[1] = around(week, History::week) - level_then;
        row[2] = around(4 * week, History::four_weeks) - level_then;
        row[3] = -level_then;
        row[4] = 1.0f;
    }
    return row + past_year;
}

float* Features::fill_calendar(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const {
    const std::int64_t target = origin + lead;
    row = copy_calendar(region, target, row);
    std::fill_n(row, special_days, 0.0f);
    const auto special = [&](std::int64_t hour) {
        return hour < 0 || options_.calendar != CalendarInputs::full ? SpecialDay::none
                                                                     : data_.special_day_of(region, hour);
    };
    row[static_cast<std::size_t>(special(target))] = 1.0f;
    row += special_days;
    for (const std::int64_t hour : {latest(origin, lead, day), latest(origin, lead, day) - day,
                                    latest(origin, lead, week), latest(origin, lead, week) - week})
        *row++ = special(hour) == SpecialDay::none ? 0.0f : 1.0f;
    const auto hours = static_cast<float>(lead);
    *row++ = std::log(hours) / 6.0f;
    *row++ = std::exp(-hours / 6.0f);
    *row++ = std::exp(-hours / 36.0f);
    *row++ = std::exp(-hours / 200.0f);
    return row;
}

void Features::fill_forecasts(model::Batch& batch, const Sequence& sequence, std::int64_t origin, const Asked& asked,
                              std::size_t index) const {
    const std::int64_t region = sequence.region;
    std::array<float, origin_features> shared{};
    fill_origin(region, origin, shared.data());
    float* row = batch.target.data() + index * asked.leads.size() * static_cast<std::size_t>(widths_.target);
    std::size_t i = index * asked.leads.size();
    fill_baseline(region, origin, asked.leads, std::span(batch.baseline).subspan(i, asked.leads.size()));
    const double share =
        deviation_.empty() ? 1.0 : history_.unit(region, origin) / deviation_[static_cast<std::size_t>(region)];
    for (const std::int64_t lead : asked.leads) {
        const std::int64_t target = origin + lead;
        row = fill_past_days(region, origin, lead, row);
        row = fill_past_year(region, origin, lead, row);
        row = fill_calendar(region, origin, lead, row);
        row = std::ranges::copy(shared, row).out;
        row = fill_identity(sequence, row);
        row = fill_known_ahead(region, origin, lead, row);
        const bool is_learnt =
            asked.targets.begin <= target && target < asked.targets.end && data_.valid(region, target);
        batch.actual[i] = is_learnt ? history_.scale(region, origin, data_.mw(region, target)) : 0.0f;
        const double counted = lead <= asked.near ? 1.0 : asked.later_weight;
        batch.weight[i] = is_learnt ? static_cast<float>(counted * share * share) : 0.0f;
        ++i;
    }
}

void Features::fill(model::Batch& batch, std::span<const Sequence> sequences, std::span<const std::int64_t> positions,
                    const Asked& asked, math::ThreadTeam& team) const {
    expects(asked.origins.size() == sequences.size(), "one list of origins a sequence");
    batch.batch = std::ssize(sequences);
    batch.rows = std::ssize(positions);
    batch.leads = asked.leads;
    batch.origins.clear();
    const auto rows = static_cast<std::size_t>(batch.batch * batch.rows);
    batch.token.resize(rows * static_cast<std::size_t>(widths_.token));
    batch.key_is_valid.resize(rows);
    const auto place = [&](std::int64_t row) {
        const auto [s, l] = std::lldiv(row, batch.rows);
        return std::pair{static_cast<std::size_t>(s), positions[static_cast<std::size_t>(l)]};
    };
    for (std::int64_t row = 0; row < std::ssize(batch.key_is_valid); ++row) {
        const auto [s, position] = place(row);
        if (std::ranges::binary_search(asked.origins[s], position)) batch.origins.push_back(row);
    }
    team.run(std::ssize(batch.key_is_valid), [&](std::int64_t row, int) {
        const auto [s, position] = place(row);
        const std::int64_t hour = sequences[s].first + position;
        fill_token(sequences[s], hour, batch.token.data() + row * widths_.token);
        batch.key_is_valid[static_cast<std::size_t>(row)] = data_.valid(sequences[s].region, hour) ? 1 : 0;
    });
    const std::size_t forecasts = batch.origins.size() * asked.leads.size();
    batch.target.resize(forecasts * static_cast<std::size_t>(widths_.target));
    for (auto* values : {&batch.baseline, &batch.actual, &batch.weight}) values->resize(forecasts);
    team.run(std::ssize(batch.origins), [&](std::int64_t index, int) {
        const auto o = static_cast<std::size_t>(index);
        const auto [s, position] = place(batch.origins[o]);
        fill_forecasts(batch, sequences[s], sequences[s].first + position, asked, o);
    });
}

model::InputWidths input_widths(const series::Dataset& data) {
    const std::int64_t covariates = std::ssize(data.covariates), told_apart = std::ssize(data.told_apart);
    const auto ahead = std::ranges::count(data.covariates, true, &series::Covariate::is_known_ahead);
    return {own_features + std::ssize(token_lags) + level_features + data.calendar_width + told_apart +
                covariate_features * covariates,
            past_days + past_weeks + neighbours + past_year + data.calendar_width + special_days + lag_day_features +
                lead_features + origin_features + told_apart + covariate_hours_of_lead * covariate_features * ahead};
}

}  // namespace gridring::train
