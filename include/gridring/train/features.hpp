// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "gridring/model/energy_transformer.hpp"
#include "gridring/ring/partition.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/series/history.hpp"

namespace gridring::train {

/// One training or evaluation sequence: T consecutive hours of one region, starting at an hour index of the dataset.
struct Sequence {
    std::int64_t region = 0, first = 0;
    bool is_anonymous = false;  ///< it does not tell which region it is of
};

/// Hours [begin, end) of the dataset.
struct HourSpan {
    std::int64_t begin = 0, end = 0;
};

/// What is forecast in a batch.
struct Asked {
    std::vector<std::vector<std::int64_t>> origins;  ///< [sequence]: positions within it, increasing
    std::vector<std::int64_t> leads;                 ///< increasing, from 1
    HourSpan targets;                                ///< hours that may be learnt from
    std::int64_t near = 24;                          ///< leads up to it count 1,
    double later_weight = 1;                         ///< and those behind it this
};

/// What the inputs tell of the calendar.
enum class CalendarInputs {
    full,  ///< hour of day, weekday, day of year, special days
    hour,  ///< the hour of day alone: where a year or less is known, a day of year is but a date to remember
};
CalendarInputs parse_calendar_inputs(std::string_view name);  ///< "full" or "hour"; throws ConfigError
std::string_view to_string(CalendarInputs calendar);

struct FeatureOptions {
    series::Units units = series::Units::ratio;
    std::int64_t look_back = 8760;  ///< nothing further back from an origin enters its features [h]
    /// The same of a token, 0 = look_back. Attention reaches the tokens before an origin: all that it sees lies within
    /// the rows before it and these hours.
    std::int64_t token_look_back = 0;
    CalendarInputs calendar = CalendarInputs::full;  ///< the others are 0
};

/// Turns hours of a dataset into batches. Everything that a row at hour t holds was known at the end of hour t: values
/// of hours <= t, and of the hours after it the calendar and those covariates that are known ahead. Refers to `data`,
/// which must outlive it.
class Features {
public:
    /// Forecasts correct those of `baseline` (which must outlive it and may be set later), or the same hour of the last
    /// known week where it is none or empty.
    Features(const series::Dataset& data, const FeatureOptions& options,
             const model::LinearBaseline* baseline = nullptr);

    /// Weighs forecasts so that squares of their errors count in standard deviations of the region's hours before
    /// `end`, whatever the units of the origin are.
    void weigh_by_deviation(std::int64_t end);

    /// This rank's rows (at `positions` within each sequence) of a batch, in memory that `batch` may already own. A
    /// forecast is learnt from (weight above 0) where its target hour is valid and inside `targets`. Same bits for any
    /// number of threads.
    void fill(model::Batch& batch, std::span<const Sequence> sequences, std::span<const std::int64_t> positions,
              const Asked& asked, math::ThreadTeam& team) const;

    /// MW of a forecast from `origin` in the model's units.
    double unscale(std::int64_t region, std::int64_t origin, float scaled) const {
        return history_.unscale(region, origin, static_cast<double>(scaled));
    }

    /// What forecasts of `leads` correct, in the units of `origin`.
    void fill_baseline(std::int64_t region, std::int64_t origin, std::span<const std::int64_t> leads,
                       std::span<float> out) const;

private:
    const series::History& token_history() const { return token_history_ ? *token_history_ : history_; }
    float* copy_calendar(std::int64_t region, std::int64_t hour, float* row) const;
    float* fill_identity(const Sequence& sequence, float* row) const;
    void fill_token(const Sequence& sequence, std::int64_t hour, float* row) const;
    void fill_origin(std::int64_t region, std::int64_t origin, float* shared) const;
    float* fill_past_days(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const;
    float* fill_past_year(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const;
    float* fill_covariate(const series::Covariate& covariate, std::int64_t region, std::int64_t origin,
                          std::int64_t hour, float* row) const;
    void fill_covariates(std::int64_t region, std::int64_t hour, float* row) const;
    float* fill_known_ahead(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const;
    float* fill_calendar(std::int64_t region, std::int64_t origin, std::int64_t lead, float* row) const;
    void fill_forecasts(model::Batch& batch, const Sequence& sequence, std::int64_t origin, const Asked& asked,
                        std::size_t index) const;

    const series::Dataset& data_;
    FeatureOptions options_;
    const model::LinearBaseline* baseline_;
    series::History history_;
    std::optional<series::History> token_history_;  ///< where tokens look back less far
    std::vector<double> deviation_;                 ///< [region]; empty = all forecasts weigh the same
    std::vector<std::int64_t> identity_;            ///< [region]: its place among those told apart, or -1
    model::InputWidths widths_;
};

/// Widths for this dataset's calendar, covariates and regions told apart.
model::InputWidths input_widths(const series::Dataset& data);

}  // namespace gridring::train
