// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <limits>

#include "gridring/forecast/forecaster.hpp"
#include "gridring/series/alignment.hpp"
#include "gridring/series/flags.hpp"

namespace gridring::forecast {
namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

class OperatorForecast final : public Forecaster {
public:
    explicit OperatorForecast(const store::Series& series)
        : hours_(series.hours), mw_(series.regions.size() * static_cast<std::size_t>(series.hours), none) {
        const auto& forecast = series.variable("demand_forecast");
        for (std::size_t at = 0; at < mw_.size(); ++at)
            if (forecast.values[at] > 0 && series::is_good(forecast.flags[at]))
                mw_[at] = static_cast<float>(forecast.values[at]);
        for (const auto& [region, stretch] : series::audit_alignment(series))
            move(series.region_index(region), (stretch.first - series.first).count(),
                 (stretch.last - series.first).count() + 1, stretch.shift_hours);
    }
    std::string name() const override { return "operator"; }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        for (std::size_t lead = 0; lead < out.size(); ++lead) {
            const std::int64_t target = origin + 1 + static_cast<std::int64_t>(lead);
            out[lead] = target < hours_ ? mw_[static_cast<std::size_t>(region * hours_ + target)] : none;
        }
    }

private:
    void move(std::int64_t region, std::int64_t begin, std::int64_t end, int shift) {
        const auto row = mw_.begin() + region * hours_;
        const std::vector<float> stretch(row + begin, row + end);
        std::fill(row + begin, row + end, none);
        for (std::int64_t t = begin; t < end; ++t)
            if (t + shift >= 0 && t + shift < hours_) row[t + shift] = stretch[static_cast<std::size_t>(t - begin)];
    }

    const std::int64_t hours_;
    std::vector<float> mw_;  ///< [region][hour]
};

}  // namespace

std::unique_ptr<Forecaster> operator_forecast(const store::Series& series) {
    return std::make_unique<OperatorForecast>(series);
}

}  // namespace gridring::forecast
