// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <xgboost/c_api.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/forecaster.hpp"
#include "gridring/math/thread_team.hpp"

namespace gridring::forecast {
namespace {

constexpr std::int64_t days = 7, weeks = 4;
constexpr std::int64_t longest_look_back = 168 * (weeks + 5);  // of a lead of 30 days
constexpr std::size_t hours_so_far = 12;
constexpr int rounds = 600;
constexpr std::size_t most_rows = 400'000;  // of one model; beyond, origins are passed over

void check(int result) {
    if (result != 0) throw DataError(fmt::format("XGBoost: {}", XGBGetLastError()));
}

struct FreeMatrix {
    void operator()(void* matrix) const { XGDMatrixFree(matrix); }
};
struct FreeBooster {
    void operator()(void* booster) const { XGBoosterFree(booster); }
};
using Matrix = std::unique_ptr<void, FreeMatrix>;
using Booster = std::unique_ptr<void, FreeBooster>;

Matrix matrix_of(const std::vector<float>& values, std::size_t rows) {
    DMatrixHandle handle = nullptr;
    check(XGDMatrixCreateFromMat(values.data(), rows, values.size() / rows, std::numeric_limits<float>::quiet_NaN(),
                                 &handle));
    return Matrix(handle);
}

/// Trees go around what is missing, and infinity is none of theirs.
float ratio(float value, float by) { return by > 0 ? value / by : std::numeric_limits<float>::quiet_NaN(); }

/// What a row of one region holds.
class Inputs {
public:
    Inputs(const series::Dataset& data, std::int64_t region)
        : data_(data), region_(region), clock_(data.time_zones[static_cast<std::size_t>(region)]) {}

    /// What all rows of one origin share.
    struct Origin {
        std::int64_t hour;
        float level;  ///< mean of the last week [MW]: what values are told in
        /// Means of the last day and four weeks; the last six hours beside those a day and a week before; of each of
        /// the last hours the value, and itself beside the same hour a week and a day before.
        std::array<float, 4 + 3 * hours_so_far> recent;
    };
    Origin at(std::int64_t hour) const {
        const float level = mean(hour, 168);
        const auto six_beside = [&](std::int64_t back) { return ratio(mean(hour, 6), mean(hour - back, 6)); };
        Origin origin{hour,
                      level,
                      {ratio(mean(hour, 24), level), ratio(mean(hour, 672), level), six_beside(24), six_beside(168)}};
        for (std::size_t i = 0; i < hours_so_far; ++i) {
            const auto value = [&](std::int64_t back) {
                return data_.filled(region_, hour - static_cast<std::int64_t>(i) - back);
            };
            origin.recent[4 + 3 * i] = ratio(value(0), level);
            origin.recent[5 + 3 * i] = ratio(value(0), value(168));
            origin.recent[6 + 3 * i] = ratio(value(0), value(24));
        }
        return origin;
    }

    void append(const Origin& origin, std::int64_t lead, std::vector<float>& row) const {
        const std::int64_t target = origin.hour + lead;
        append_calendar(target, row);
        row.push_back(static_cast<float>(lead));
        const auto value = [&](std::int64_t hour) { return ratio(data_.filled(region_, hour), origin.level); };
        const std::int64_t day = target - (lead + 23) / 24 * 24, week = target - (lead + 167) / 168 * 168;
        for (std::int64_t d = 0; d < days; ++d) row.push_back(value(day - 24 * d));
        for (std::int64_t w = 0; w < weeks; ++w) row.push_back(value(week - 168 * w));
        row.insert(row.end(), origin.recent.begin(), origin.recent.end());
        for (const auto& covariate : data_.covariates) append_covariate(covariate, origin, {target, day, week}, row);
    }

private:
    float mean(std::int64_t last, std::int64_t hours) const {
        double sum = 0;
        for (std::int64_t i = 0; i < hours; ++i) sum += static_cast<double>(data_.filled(region_, last - i));
        return static_cast<float>(sum / static_cast<double>(hours));
    }

    /// Of those hours where it is known ahead, else of the last hour. Trees need no scale, and go around what is
    /// missing.
    void append_covariate(const series::Covariate& covariate, const Origin& origin, std::array<std::int64_t, 3> hours,
                          std::vector<float>& row) const {
        if (!covariate.is_known_ahead) hours.fill(origin.hour);
        for (const std::int64_t hour : hours) {
            const auto at = static_cast<std::size_t>(region_ * (data_.hours + data_.known_ahead) + hour);
            const bool is_seen = hour <= origin.hour || covariate.is_known(at, origin.hour);
            for (const float value : {covariate.values[at], covariate.day_means[at]})
                row.push_back(!is_seen               ? std::numeric_limits<float>::quiet_NaN()
                              : covariate.is_power() ? ratio(value, origin.level)
                                                     : value);
            if (!covariate.is_known_ahead) break;
        }
    }

    void append_calendar(std::int64_t target, std::vector<float>& row) const {
        const LocalTime local = clock_.at(data_.hour_at(target - 1));  // in which the hour begins
        const auto is_holiday = [&](int offset) { return is_us_holiday(date_of(local) + std::chrono::days{offset}); };
        for (const int number : {local.hour, local.weekday, local.day_of_year, static_cast<int>(is_holiday(0)),
                                 static_cast<int>(is_holiday(-1)), static_cast<int>(is_holiday(1))})
            row.push_back(static_cast<float>(number));
    }

    const series::Dataset& data_;
    const std::int64_t region_;
    const LocalClock clock_;
};

/// One region and range of leads.
class BoostingModel {
public:
    BoostingModel(const series::Dataset& data, std::int64_t region, const LearningSpan& span, LeadRange leads,
                  std::uint64_t seed)
        : inputs_(data, region), leads_(leads) {
        std::vector<float> rows, targets;
        gather(data, region, span, rows, targets);
        const auto name = data.regions[static_cast<std::size_t>(region)];
        if (targets.empty()) throw DataError(fmt::format("boosting: no hour of {} to learn from", name));
        const Matrix matrix = matrix_of(rows, targets.size());
        check(XGDMatrixSetFloatInfo(matrix.get(), "label", targets.data(), targets.size()));
        DMatrixHandle handle = matrix.get();
        BoosterHandle booster = nullptr;
        check(XGBoosterCreate(&handle, 1, &booster));
        booster_.reset(booster);
        for (const auto& [key, value] : parameters(seed))
            check(XGBoosterSetParam(booster_.get(), key.c_str(), value.c_str()));
        for (int round = 0; round < rounds; ++round) check(XGBoosterUpdateOneIter(booster_.get(), round, handle));
    }

    /// out[0] is the first lead of the horizon; fills those of its range.
    void forecast(std::int64_t origin, std::span<float> out) const {
        const std::int64_t last = std::min(leads_.last, static_cast<std::int64_t>(out.size()));
        if (last < leads_.first) return;
        const auto shared = inputs_.at(origin);
        std::vector<float> rows;
        for (std::int64_t lead = leads_.first; lead <= last; ++lead) inputs_.append(shared, lead, rows);
        const Matrix matrix = matrix_of(rows, static_cast<std::size_t>(last - leads_.first + 1));
        bst_ulong count = 0;
        const float* predicted = nullptr;
        check(XGBoosterPredict(booster_.get(), matrix.get(), 0, 0, 0, &count, &predicted));
        std::transform(predicted, predicted + count, out.begin() + leads_.first - 1,
                       [&](float value) { return value * shared.level; });
    }

private:
    static std::vector<std::pair<std::string, std::string>> parameters(std::uint64_t seed) {
        return {{"objective", "reg:squarederror"},
                {"tree_method", "hist"},
                {"eta", "0.04"},
                {"max_depth", "6"},
                {"min_child_weight", "20"},
                {"subsample", "0.8"},
                {"colsample_bytree", "0.8"},
                {"nthread", "1"},
                {"verbosity", "0"},
                {"seed", std::to_string(seed)}};
    }

    void gather(const series::Dataset& data, std::int64_t region, const LearningSpan& span, std::vector<float>& rows,
                std::vector<float>& targets) const {
        const auto origins = series::daily_origins(data, region, span.train_begin + longest_look_back,
                                                   span.validation_end, span.origin_hour);
        const auto leads = static_cast<std::size_t>(leads_.last - leads_.first + 1);
        const std::size_t step = origins.size() * leads / most_rows + 1;
        for (std::size_t o = 0; o < origins.size(); o += step) {
            const std::int64_t origin = origins[o];
            const auto shared = inputs_.at(origin);
            if (!(shared.level > 0)) continue;
            for (std::int64_t lead = leads_.first; lead <= leads_.last && origin + lead < span.validation_end; ++lead) {
                if (!data.valid(region, origin + lead)) continue;
                inputs_.append(shared, lead, rows);
                targets.push_back(static_cast<float>(data.mw(region, origin + lead)) / shared.level);
            }
        }
    }

    const Inputs inputs_;
    const LeadRange leads_;
    Booster booster_;
};

/// A model on each core: threads that share one tree wait for each other longer than they work.
class Boosting final : public Forecaster {
public:
    Boosting(const series::Dataset& data, const LearningSpan& span, const std::vector<LeadRange>& ranges,
             std::uint64_t seed)
        : ranges_(ranges.size()), models_(data.regions.size() * ranges.size()) {
        math::ThreadTeam team(static_cast<int>(std::max(1u, std::thread::hardware_concurrency())));
        team.run(std::ssize(models_), [&](std::int64_t index, int) {
            const auto at = static_cast<std::size_t>(index);
            models_[at] = std::make_unique<BoostingModel>(data, static_cast<std::int64_t>(at / ranges_), span,
                                                          ranges[at % ranges_], seed);
        });
    }
    std::string name() const override { return "boosting"; }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        std::ranges::fill(out, std::numeric_limits<float>::quiet_NaN());
        const auto first = static_cast<std::size_t>(region) * ranges_;
        for (std::size_t range = 0; range < ranges_; ++range) models_[first + range]->forecast(origin, out);
    }

private:
    const std::size_t ranges_;
    std::vector<std::unique_ptr<BoostingModel>> models_;  ///< [region][range of leads]
};

}  // namespace

std::unique_ptr<Forecaster> fit_boosting(const series::Dataset& data, const LearningSpan& span,
                                         const std::vector<LeadRange>& ranges, std::uint64_t seed) {
    return std::make_unique<Boosting>(data, span, ranges, seed);
}

}  // namespace gridring::forecast
