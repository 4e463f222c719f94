// SPDX-License-Identifier: MIT
#include "gridring/forecast/scores.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "gridring/core/calendar.hpp"
#include "gridring/score/metrics.hpp"

namespace gridring::forecast {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

/// Columns of the hours that count, one entry a (origin, lead).
struct Sample {
    std::vector<double> actual, median, lower, upper, naive24, naive168, incumbent;

    ErrorRow row(int key) const {
        const auto model = score::mape(actual, median);
        return {key,
                model.n,
                model.value,
                score::mape(actual, naive24).value,
                score::mape(actual, naive168).value,
                score::coverage(actual, lower, upper).value};
    }
};

struct Scorer {
    const store::Results& results;
    const series::Dataset& data;
    const store::SeriesVariable* incumbent;
    std::size_t most_origins = 0, median = 0;

    double trusted(std::int64_t region, std::int64_t hour) const {
        return data.valid(region, hour) ? data.mw(region, hour) : nan;
    }

    /// The season before the target hour, or as many as it takes to be known at an origin `lead` hours before it.
    double naive(std::int64_t region, std::int64_t target, std::int64_t lead, std::int64_t season) const {
        return trusted(region, target - (lead + season - 1) / season * season);
    }

    double incumbent_at(std::int64_t region, std::int64_t hour) const {
        if (!incumbent || hour >= data.hours) return nan;
        const double value = incumbent->values[static_cast<std::size_t>(region * data.hours + hour)];
        return value > 0 ? value : nan;
    }

    void add(Sample& sample, std::int64_t region, std::size_t cell, std::int64_t target, std::int64_t lead) const {
        const auto quantiles = results.quantiles.size();
        const float* forecast = results.forecast.data() + cell * quantiles;
        sample.actual.push_back(static_cast<double>(results.actual[cell]));
        sample.median.push_back(static_cast<double>(forecast[median]));
        const bool has_band = quantiles > 1;
        sample.lower.push_back(has_band ? static_cast<double>(forecast[0]) : nan);
        sample.upper.push_back(has_band ? static_cast<double>(forecast[quantiles - 1]) : nan);
        sample.naive24.push_back(naive(region, target, lead, 24));
        sample.naive168.push_back(naive(region, target, lead, 168));
        sample.incumbent.push_back(incumbent_at(region, target));
    }

    RegionScores score_region(std::int64_t region) const {
        const auto r = static_cast<std::size_t>(region);
        const LocalClock clock(data.time_zones[r]);
        const auto leads = static_cast<std::size_t>(results.horizon);
        Sample all;
        std::array<Sample, 24> by_hour;
        std::vector<Sample> by_lead(leads);
        for (std::size_t o = 0; o < results.origins[r].size(); ++o)
            for (std::size_t lead = 0; lead < leads; ++lead) {
                const std::size_t cell = (r * most_origins + o) * leads + lead;
                const auto ahead = static_cast<std::int64_t>(lead) + 1;
                const std::int64_t target = data.index(results.origins[r][o]) + ahead;
                const bool counts = std::isfinite(results.actual[cell]) &&
                                    std::isfinite(naive(region, target, ahead, 24)) &&
                                    std::isfinite(naive(region, target, ahead, 168)) &&
                                    std::isfinite(results.forecast[cell * results.quantiles.size() + median]);
                if (!counts) continue;
                const int hour =
                    clock.at(data.hour_at(target) - std::chrono::hours{1}).hour;  // hour ending: its local start
                for (Sample* sample : {&all, &by_hour[static_cast<std::size_t>(hour)], &by_lead[lead]})
                    add(*sample, region, cell, target, ahead);
            }
        RegionScores scores;
        scores.code = data.regions[r];
        scores.time_zone = data.time_zones[r];
        scores.all = all.row(0);
        scores.mae_mw = score::mae(all.actual, all.median).value;
        scores.rmse_mw = score::rmse(all.actual, all.median).value;
        const auto operator_error = score::mape(all.actual, all.incumbent);
        scores.n_operator = operator_error.n;
        if (operator_error.n > 0) scores.mape_operator = operator_error.value;
        for (int hour = 0; hour < 24; ++hour)
            scores.by_hour.push_back(by_hour[static_cast<std::size_t>(hour)].row(hour));
        for (std::size_t lead = 0; lead < leads; ++lead)
            scores.by_lead.push_back(by_lead[lead].row(static_cast<int>(lead) + 1));
        return scores;
    }
};

}  // namespace

std::vector<RegionScores> score(const store::Results& results, const series::Dataset& data,
                                const store::Series& series) {
    Scorer scorer{results, data, nullptr};
    for (const auto& variable : series.variables)
        if (variable.name == "demand_forecast") scorer.incumbent = &variable;
    scorer.most_origins = static_cast<std::size_t>(results.origin_count());
    scorer.median = results.median();
    std::vector<RegionScores> scores;
    for (std::size_t region = 0; region < data.regions.size(); ++region) {
        scores.push_back(scorer.score_region(static_cast<std::int64_t>(region)));
        scores.back().name = series.regions[region].name;
    }
    return scores;
}

}  // namespace gridring::forecast
