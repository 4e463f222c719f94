// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "gridring/series/dataset.hpp"

namespace gridring::series {

/// What values are told in.
enum class Units {
    ratio,      ///< logarithm of the ratio to the week before: for what is positive, such as demand
    deviation,  ///< distance from the week before in standard deviations of four weeks: for anything
};
std::string name_of(Units units);
/// Throws ConfigError for anything but ratio and deviation.
Units parse_units(const std::string& text);

/// The hours of every region in units that the past alone decides: of an origin t they depend on hours <= t, so that a
/// series never seen before is in range, and a forecast knows no more than was known. Filled hours; hours before the
/// data have the first value.
class History {
public:
    /// Trailing means up to and including an hour.
    enum Window { six_hours, day, week, four_weeks, twelve_weeks, windows };
    static constexpr std::array<std::int64_t, windows> window_hours{6, 24, 168, 672, 2016};

    /// Copies what it needs. Windows are cut to `look_back` hours. In ratio, values at or below 0 count as a hundredth
    /// of the region's first.
    History(const Dataset& data, Units units, std::int64_t look_back);

    /// The value at `hour` in the units of origin `origin`.
    float relative(std::int64_t region, std::int64_t origin, std::int64_t hour) const {
        return relative_to(region, origin, hour, origin);
    }
    /// value(hour) - value(before), in the units of `origin`.
    float change(std::int64_t region, std::int64_t origin, std::int64_t hour, std::int64_t before) const {
        return (value_[cell(region, hour)] - value_[cell(region, before)]) * inverse_unit(region, origin);
    }
    /// The mean over `window` up to `hour`, less that over the week up to `origin`, in the units of `origin`.
    float relative_mean(std::int64_t region, std::int64_t origin, std::int64_t hour, Window window) const {
        return (level(region, hour, window) - level(region, origin, week)) * inverse_unit(region, origin);
    }
    /// The value at `hour` against the week up to `anchor`, in the units of `origin`.
    float relative_to(std::int64_t region, std::int64_t origin, std::int64_t hour, std::int64_t anchor) const {
        return (value_[cell(region, hour)] - level(region, anchor, week)) * inverse_unit(region, origin);
    }

    /// Another quantity in MW, of any sign: how far it is from the week's mean demand up to `origin`, in the units of
    /// `origin`; in ratio as a share of that mean instead of a logarithm.
    float beside(std::int64_t region, std::int64_t origin, double mw) const;
    /// What a difference of 1 in the units of `origin` is: in values, or in logarithms of them.
    double unit(std::int64_t region, std::int64_t origin) const {
        return 1.0 / static_cast<double>(inverse_unit(region, origin));
    }
    /// The same for a whole region: the standard deviation of its hours before `end`; in ratio the unit, which is one
    /// for all.
    double deviation(std::int64_t region, std::int64_t end) const;

    float scale(std::int64_t region, std::int64_t origin, double mw) const;
    double unscale(std::int64_t region, std::int64_t origin, double scaled) const;

private:
    std::size_t cell(std::int64_t region, std::int64_t hour) const {
        return static_cast<std::size_t>(region * hours_ + (hour < 0 ? 0 : hour));
    }
    float level(std::int64_t region, std::int64_t hour, Window window) const {
        return means_[window][cell(region, hour)];
    }
    float inverse_unit(std::int64_t region, std::int64_t origin) const { return inverse_unit_[cell(region, origin)]; }
    double transformed(double mw) const;
    void append(std::vector<double> values, double floor, std::int64_t look_back);

    Units units_;
    std::int64_t hours_;
    std::vector<double> floor_;  ///< [region]: least value of a ratio
    std::vector<float> value_;   ///< [region][hour], or its logarithm
    std::array<std::vector<float>, windows> means_;
    std::vector<float> inverse_unit_;
};

}  // namespace gridring::series
