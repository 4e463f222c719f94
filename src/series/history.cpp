// SPDX-License-Identifier: MIT
#include "gridring/series/history.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gridring/core/error.hpp"

namespace gridring::series {
namespace {

constexpr double ratio_unit = 0.2;  // what demand swings by, as a logarithm
constexpr double least_share = 0.01;

/// Means over trailing windows, from running totals in fp64.
class Totals {
public:
    explicit Totals(const std::vector<double>& values) : sums_{0.0} {
        sums_.reserve(values.size() + 1);
        for (const double value : values) sums_.push_back(sums_.back() + value);
    }
    /// Of the hours in (last - window, last] that there are.
    double mean(std::int64_t last, std::int64_t window) const {
        const std::int64_t first = std::max<std::int64_t>(0, last + 1 - window);
        return (sums_[static_cast<std::size_t>(last + 1)] - sums_[static_cast<std::size_t>(first)]) /
               static_cast<double>(last + 1 - first);
    }

private:
    std::vector<double> sums_;
};

}  // namespace

std::string name_of(Units units) { return units == Units::ratio ? "ratio" : "deviation"; }

Units parse_units(const std::string& text) {
    for (const Units units : {Units::ratio, Units::deviation})
        if (text == name_of(units)) return units;
    throw ConfigError(fmt::format("expected units ratio or deviation, found '{}'", text));
}

History::History(const Dataset& data, Units units, std::int64_t look_back) : units_(units), hours_(data.hours) {
    expects(look_back >= 1, "History: looks back at least an hour");
    const auto hours = static_cast<std::size_t>(data.hours);
    for (std::size_t region = 0; region < data.regions.size(); ++region) {
        const auto first = data.filled_mw.begin() + static_cast<std::ptrdiff_t>(region * hours);
        std::vector<double> values(first, first + data.hours);
        const double floor = least_share * std::abs(values.front());
        if (units == Units::ratio) {
            if (!(floor > 0))
                throw DataError(
                    fmt::format("{}: ratios need values above 0, found {} MW in the first hour. Mend: units "
                                "deviation",
                                data.regions[region], values.front()));
            for (double& value : values) value = std::max(value, floor);
        }
        append(std::move(values), floor, look_back);
    }
}

void History::append(std::vector<double> values, double floor, std::int64_t look_back) {
    floor_.push_back(floor);
    const Totals totals(values);
    std::vector<double> squares;
    if (units_ == Units::deviation)
        for (const double value : values) squares.push_back(value * value);
    const Totals squared(squares);
    for (std::int64_t hour = 0; hour < hours_; ++hour) {
        value_.push_back(static_cast<float>(transformed(values[static_cast<std::size_t>(hour)])));
        for (std::size_t w = 0; w < windows; ++w)
            means_[w].push_back(
                static_cast<float>(transformed(totals.mean(hour, std::min(window_hours[w], look_back)))));
        double unit = ratio_unit;
        if (units_ == Units::deviation) {
            const std::int64_t window = std::min(window_hours[four_weeks], look_back);
            const double mean = totals.mean(hour, window);
            const double variance = squared.mean(hour, window) - mean * mean;
            unit = std::sqrt(std::max(variance, 1e-6 * mean * mean + 1e-12));  // a flat past has no scale of its own
        }
        inverse_unit_.push_back(static_cast<float>(1.0 / unit));
    }
}

double History::transformed(double mw) const { return units_ == Units::ratio ? std::log(mw) : mw; }

double History::deviation(std::int64_t region, std::int64_t end) const {
    if (units_ == Units::ratio) return ratio_unit;
    double sum = 0, squares = 0;
    for (std::int64_t hour = 0; hour < end; ++hour) {
        const auto value = static_cast<double>(value_[cell(region, hour)]);
        sum += value, squares += value * value;
    }
    const double mean = sum / static_cast<double>(end);
    return std::sqrt(std::max(squares / static_cast<double>(end) - mean * mean, 1e-12));
}

float History::scale(std::int64_t region, std::int64_t origin, double mw) const {
    if (units_ == Units::ratio) mw = std::max(mw, floor_[static_cast<std::size_t>(region)]);
    return static_cast<float>((transformed(mw) - static_cast<double>(level(region, origin, week))) *
                              static_cast<double>(inverse_unit(region, origin)));
}

float History::beside(std::int64_t region, std::int64_t origin, double mw) const {
    if (units_ == Units::deviation) return scale(region, origin, mw);
    return static_cast<float>((mw / std::exp(static_cast<double>(level(region, origin, week))) - 1) / ratio_unit);
}

double History::unscale(std::int64_t region, std::int64_t origin, double scaled) const {
    const double value =
        scaled / static_cast<double>(inverse_unit(region, origin)) + static_cast<double>(level(region, origin, week));
    return units_ == Units::ratio ? std::exp(value) : value;
}

}  // namespace gridring::series
