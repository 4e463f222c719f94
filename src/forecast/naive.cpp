// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/forecast/forecaster.hpp"

namespace gridring::forecast {
namespace {

/// The last hour at or before `origin` that is a multiple of `season` before `target`.
std::int64_t last_known(std::int64_t target, std::int64_t origin, std::int64_t season) {
    return target - (target - origin + season - 1) / season * season;
}

class SeasonalNaive final : public Forecaster {
public:
    SeasonalNaive(const series::Dataset& data, std::int64_t season) : data_(data), season_(season) {
        expects(season > 0, "a season is some hours long");
    }
    std::string name() const override {
        return season_ % 24 == 0 && season_ > 168 ? fmt::format("naive-{}d", season_ / 24)
                                                  : fmt::format("naive-{}h", season_);
    }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        for (std::size_t lead = 0; lead < out.size(); ++lead)
            out[lead] = data_.filled(region, last_known(origin + 1 + static_cast<std::int64_t>(lead), origin, season_));
    }

private:
    const series::Dataset& data_;
    const std::int64_t season_;
};

class MeanOfWeeks final : public Forecaster {
public:
    explicit MeanOfWeeks(const series::Dataset& data) : data_(data) {}
    std::string name() const override { return "4-weeks"; }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        constexpr std::int64_t week = 168, weeks = 4;
        for (std::size_t lead = 0; lead < out.size(); ++lead) {
            const std::int64_t last = last_known(origin + 1 + static_cast<std::int64_t>(lead), origin, week);
            float sum = 0;
            for (std::int64_t w = 0; w < weeks; ++w) sum += data_.filled(region, last - w * week);
            out[lead] = sum / static_cast<float>(weeks);
        }
    }

private:
    const series::Dataset& data_;
};

}  // namespace

std::unique_ptr<Forecaster> seasonal_naive(const series::Dataset& data, std::int64_t season_hours) {
    return std::make_unique<SeasonalNaive>(data, season_hours);
}

std::unique_ptr<Forecaster> mean_of_four_weeks(const series::Dataset& data) {
    return std::make_unique<MeanOfWeeks>(data);
}

}  // namespace gridring::forecast
