// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>
#include <numbers>
#include <numeric>

#include "synthetic_tables.hpp"

namespace gridring::source {
namespace {

constexpr std::array<std::string_view, 9> fuels{"BAT", "COL", "NG", "NUC", "OIL", "OTH", "SUN", "WAT", "WND"};
enum Fuel : std::size_t { battery, coal, gas, nuclear, oil, other, sun, water, wind };
using Megawatts = std::array<double, fuels.size()>;

/// Plants of one authority. Some run whatever the demand, with so many MW on average (sun: at its best); the others
/// share what is left by their weights.
struct Plants {
    std::string_view code;
    double sun_noon;        ///< UTC hour of the highest sun
    Megawatts must_run;     ///< [MW]
    Megawatts follow_load;  ///< weights
};
constexpr std::array plants = std::to_array<Plants>({
    {"BPAT", 20.1, {0, 0, 0, 1100, 0, 60, 250, 3000, 1100}, {0, 0, .15, 0, 0, 0, 0, .85, 0}},
    {"CISO", 20.0, {3500, 0, 0, 2100, 0, 900, 11000, 2200, 2200}, {0, .01, .94, 0, .01, 0, 0, .04, 0}},
    {"ERCO", 18.6, {2500, 0, 0, 4900, 0, 60, 9000, 80, 10500}, {0, .28, .715, 0, .005, 0, 0, 0, 0}},
    {"MISO", 18.0, {0, 0, 0, 11000, 0, 900, 3500, 900, 9000}, {0, .50, .49, 0, .01, 0, 0, 0, 0}},
    {"PACW", 20.1, {0, 0, 0, 0, 0, 60, 350, 400, 350}, {0, .55, .38, 0, .01, 0, 0, .06, 0}},
    {"SWPP", 18.5, {0, 0, 0, 1900, 0, 60, 300, 1100, 9500}, {0, .55, .44, 0, .01, 0, 0, 0, 0}},
});
constexpr std::array stores_power{std::string_view("CISO"), std::string_view("ERCO")};

/// 0 at night, 1 at a clear noon of midsummer.
double daylight(const Plants& at, std::int64_t hour) {
    constexpr double turn = 2 * std::numbers::pi;
    const double of_day = static_cast<double>(hour % 24) - 0.5;  // the middle of the hour that ends here
    const double season = std::cos(turn * static_cast<double>(hour - 171 * 24) / 8766.0);  // 1970 began in January
    return std::max(0.0, std::cos(turn * (of_day - at.sun_noon) / 24) * 0.8 + 0.05 + 0.15 * season);
}

/// What runs whatever the demand.
Megawatts given(const Plants& at, std::uint64_t seed, std::int64_t hour) {
    Megawatts power{};
    const double light = daylight(at, hour);
    for (std::size_t f = 0; f < power.size(); ++f) {
        const double noise = at.must_run[f] == 0 ? 0 : smooth_noise(mix_seed(seed, f), hour, f == wind ? 9 : 30);
        power[f] = at.must_run[f] * (f == wind  ? 1 + 0.85 * noise
                                     : f == sun ? light * (0.8 + 0.2 * noise)
                                                : 1 + 0.1 * noise);
    }
    // Batteries charge while the sun shines and give three quarters back in the evening.
    const double since_noon = std::remainder(static_cast<double>(hour % 24) - at.sun_noon, 24.0);
    power[battery] *= since_noon > 5 && since_noon < 10 ? 0.9 : -0.7 * light;
    return power;
}

/// Whole megawatts that add up to `generation`, itself a whole number.
Megawatts mix(const Plants& at, std::uint64_t seed, std::int64_t hour, double generation, bool with_battery) {
    Megawatts power = given(at, seed, hour);
    power[battery] = with_battery ? std::round(power[battery]) : 0;
    const double wanted = std::max(0.0, generation - power[battery]);
    const double must_run = std::accumulate(power.begin() + 1, power.end(), 0.0);
    const double scale = must_run > 0.9 * wanted ? 0.9 * wanted / must_run : 1;  // the rest is curtailed
    const double left = wanted - scale * must_run;
    const auto main = static_cast<std::size_t>(std::ranges::max_element(at.follow_load) - at.follow_load.begin());
    double sum = power[battery];
    for (std::size_t f = 1; f < power.size(); ++f) {
        power[f] = std::round(scale * power[f] + left * at.follow_load[f]);
        if (f != main) sum += power[f];
    }
    power[main] = generation - sum;
    return power;
}

class FuelTable final : public SyntheticTable {
public:
    FuelTable(std::vector<SyntheticSeries> series, std::uint64_t seed)
        : SyntheticTable("fuel-type-data", std::move(series)), seed_(seed) {}

    double value(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        const SyntheticSeries& one = series(column);
        const std::size_t p = one.part / fuels.size();
        const bool with_battery = stores(plants[p].code) && grid.hour(hour) >= first_battery_hour();
        return mix(plants[p], mix_seed(seed_, 200 + p), epoch_hours(grid.hour(hour)), source_value(grid, column, hour),
                   with_battery)[one.part % fuels.size()];
    }

    static bool stores(std::string_view code) { return std::ranges::find(stores_power, code) != stores_power.end(); }
    static Hour first_battery_hour() {
        static const Hour first = require_hour("2024-11-01T00", "synthetic grid");
        return first;
    }

private:
    std::uint64_t seed_;
};

}  // namespace

std::shared_ptr<const GridTable> synthetic_fuel_table(const Grid& grid, std::uint64_t seed) {
    std::vector<SyntheticSeries> series;
    for (std::size_t p = 0; p < plants.size(); ++p)
        for (std::size_t f = 0; f < fuels.size(); ++f) {
            if (f == battery && !FuelTable::stores(plants[p].code)) continue;
            const Hour begin = f == battery ? FuelTable::first_battery_hour() : first_hour_of_details();
            series.push_back({{std::string(plants[p].code), std::string(fuels[f])},
                              follow(grid, plants[p].code, "NG", begin),
                              p * fuels.size() + f});
        }
    return std::make_shared<FuelTable>(std::move(series), seed);
}

}  // namespace gridring::source
