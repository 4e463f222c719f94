// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gridring/series/dataset.hpp"

/// The forecasts that a model is measured against: what practice uses, each made as well as we know how.
namespace gridring::forecast {

class Forecaster {
public:
    virtual ~Forecaster() = default;
    virtual std::string name() const = 0;
    /// MW of hours origin + 1 … origin + out.size() of a region, where `origin` is the index of the last known hour.
    /// Looks at nothing behind it but the calendar. NaN = it has no forecast.
    virtual void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const = 0;
};

/// The forecasters below refer to `data`, which must outlive them, and look at its filled hours: they always answer.

/// The last known value so many hours, or a multiple of it, before the target hour ("naive 168 h").
std::unique_ptr<Forecaster> seasonal_naive(const series::Dataset& data, std::int64_t season_hours);

/// The mean of the last four known weeks at the target's hour of the week.
std::unique_ptr<Forecaster> mean_of_four_weeks(const series::Dataset& data);

/// What the operators themselves had forecast (the variable demand_forecast of `series`, the same hours and regions as
/// the dataset's): moved to the hours it belongs to where an audit finds it beside them, and without its zeros and
/// stubs. It is of the day before, so no forecast from a later origin. Refers to nothing.
std::unique_ptr<Forecaster> operator_forecast(const store::Series& series);

/// Hours to learn from, and hours to choose by: [begin, end) of the dataset's axis, for every region; and the local
/// hour at which forecasts are made.
struct LearningSpan {
    std::int64_t train_begin = 0, train_end = 0, validation_end = 0;
    int origin_hour = 0;
};

/// Hours ahead, both included; they count from 1.
struct LeadRange {
    std::int64_t first = 1, last = 24;
    std::int64_t count() const { return last - first + 1; }
    bool operator==(const LeadRange&) const = default;
};
/// "1-24".
std::string to_string(LeadRange leads);

/// Linear from the last `context` hours to those up to the last lead, both less the mean of the context, a model a
/// region in closed form (ridge; Hoerl & Kennard 1970). Learns from every hour as origin; the penalty is chosen by the
/// mean absolute error of daily origins in the validation hours, apart for each of the ranges, which follow each other.
std::unique_ptr<Forecaster> fit_ridge(const series::Dataset& data, const LearningSpan& span, std::int64_t context,
                                      const std::vector<LeadRange>& ranges);

/// Gradient-boosted trees (XGBoost; Chen & Guestrin 2016), a model a region and range of leads: calendar of the target
/// hour, lead, and in multiples of the last week's mean the same hour of the last seven known days and of the last four
/// known weeks; the last twelve hours, themselves and beside the same a day and a week before: what the morning says of
/// the next day. Covariates known ahead at the target hour and the same hour a day and a week before, others at the
/// origin. Learns from daily origins. `seed` for its sampling.
std::unique_ptr<Forecaster> fit_boosting(const series::Dataset& data, const LearningSpan& span,
                                         const std::vector<LeadRange>& ranges, std::uint64_t seed);

}  // namespace gridring::forecast
