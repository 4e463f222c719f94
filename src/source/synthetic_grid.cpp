// SPDX-License-Identifier: MIT
#include "gridring/source/synthetic_grid.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "gridring/source/eia.hpp"
#include "synthetic_tables.hpp"
#include "synthetic_weather.hpp"

namespace gridring::source {
namespace {

constexpr double absent = std::numeric_limits<double>::quiet_NaN();

/// One balancing authority. Sensitivities are fractions of the level per kelvin.
struct Authority {
    std::string_view code;
    double level_mw;
    Climate climate;
    double heating, cooling;  ///< [1/K] below 15 °C, above 20 °C
    double morning, evening;  ///< height of the two daily peaks
    double weekend;           ///< drop on Sundays
    double growth;            ///< a year
    double forecast_error;    ///< of the operator
    double export_share;
};

constexpr std::array authorities = std::to_array<Authority>({
    {"BPAT", 6200, {10.5, 8.5, 4.0, 4.2}, 0.0240, 0.0150, 0.16, 0.12, 0.055, 0.004, 0.024, 0.45},
    {"CISO", 25500, {17.5, 6.5, 6.0, 4.0}, 0.0120, 0.0360, 0.07, 0.24, 0.080, 0.002, 0.025, -0.22},
    {"ERCO", 43000, {20.5, 9.0, 6.0, 4.8}, 0.0170, 0.0260, 0.08, 0.15, 0.060, 0.020, 0.026, 0.00},
    {"MISO", 73000, {11.0, 13.0, 5.0, 5.4}, 0.0130, 0.0230, 0.13, 0.14, 0.100, 0.003, 0.027, -0.06},
    {"PACW", 2300, {11.5, 8.0, 4.5, 4.4}, 0.0230, 0.0200, 0.20, 0.17, 0.070, 0.007, 0.030, 0.10},
    {"SWPP", 28500, {14.0, 12.0, 5.5, 5.4}, 0.0130, 0.0240, 0.12, 0.14, 0.075, 0.012, 0.028, 0.02},
});

/// A bump of width `w` hours around local hour `center`, on the clock's circle.
double bump(double hour, double center, double w) {
    const double distance = std::remainder(hour - center, 24.0);
    return std::exp(-0.5 * distance * distance / (w * w));
}

/// Level 1 on a working day, before the weather. Night valley, morning and evening peak; days off are lower and start
/// late.
double habits(const Authority& authority, const LocalTime& time, bool is_holiday) {
    const double hour = time.hour + 0.5;
    const double free = is_holiday || time.weekday == 6 ? 1.0 : time.weekday == 5 ? 0.7 : 0.0;
    const double winter = std::cos(2 * std::numbers::pi * (time.day_of_year - 15) / 365.25);
    const double day = -0.16 * bump(hour, 3.5, 3.2) +
                       authority.morning * (1 + 0.4 * winter) * (1 - 0.5 * free) * bump(hour, 8.5 + 1.5 * free, 2.2) +
                       0.05 * bump(hour, 14.0, 3.5) + authority.evening * bump(hour, 18.5 - 0.7 * winter, 2.6);
    const double friday = time.weekday == 4 && hour > 14 ? 0.012 : 0.0;
    return 1 + day - authority.weekend * free - friday;
}

/// Buildings are slow: load follows a temperature averaged over the last half day.
class Thermal {
public:
    double response(const Authority& authority, double temperature) {
        felt_ += (temperature - felt_) / 6.0;
        const double cold = std::max(0.0, 15.0 - felt_), heat = std::max(0.0, felt_ - 20.0);
        return authority.heating * cold + authority.cooling * heat;
    }

private:
    double felt_ = 12;
};

/// A run of hours without rows: begun with `chance` at any hour, and as long as chance will have it.
class Outage {
public:
    Outage(std::uint64_t seed, double chance, double mean_hours)
        : random_(seed), chance_(chance), mean_hours_(mean_hours) {}
    bool next() {
        const double begins = random_.uniform(), length = random_.uniform();
        if (left_ == 0 && begins < chance_) left_ = 1 + static_cast<int>(-mean_hours_ * std::log(1 - length));
        return left_ > 0 && left_-- > 0;
    }

private:
    Random random_;
    double chance_, mean_hours_;
    int left_ = 0;
};

/// What a broken meter reports now and then: several times the load, its negative, or nothing at all.
double spoiled(double load, Random& random) {
    const double kind = random.uniform(), size = random.uniform();
    if (kind < 0.6) return load * (2.5 + 6 * size);
    return kind < 0.8 ? -load * size : 0;
}

/// Everything about one authority that changes from hour to hour; advanced hour by hour from the first one.
class Machine {
public:
    Machine(const Authority& authority, std::uint64_t seed)
        : authority_(authority),
          clock_(zone_of_respondent(authority.code)),
          weather_(authority.climate, mix_seed(seed, 1)),
          level_(mix_seed(seed, 2), 0.997, 0.016),
          hourly_(mix_seed(seed, 3), 0.88, 0.013),
          forecast_day_(mix_seed(seed, 4), 0.995, authority.forecast_error * 0.6),
          forecast_hour_(mix_seed(seed, 5), 0.93, authority.forecast_error),
          exchange_(mix_seed(seed, 6), 0.97, 0.04),
          outage_(mix_seed(seed, 7), 0.00035, 7),
          forecast_outage_(mix_seed(seed, 8), 0.00012, 20),
          spoil_(mix_seed(seed, 9)) {}

    /// D, DF, NG, TI of the hour that ends at `hour`.
    std::array<double, 4> next(Hour hour) {
        advance_clock(hour - std::chrono::hours{1});
        const double years = static_cast<double>(epoch_hours(hour) - epoch_hours(first_synthetic_hour())) / 8766.0;
        const double expected =
            habits(authority_, time_, is_holiday_) + thermal_.response(authority_, weather_.next(hour, time_));
        const double load = authority_.level_mw * 0.9 * (1 + authority_.growth * years) * expected *
                            (1 + level_.next() + hourly_.next());
        const double forecast = load * (1 + forecast_day_.next() + forecast_hour_.next());
        const double exchange = authority_.level_mw * (authority_.export_share + exchange_.next());

        const bool is_out = outage_.next(), is_forecast_out = forecast_outage_.next();
        const bool is_spoiled = spoil_.uniform() < 0.00012;
        const double reported = is_spoiled ? spoiled(load, spoil_) : load;
        return {is_out ? absent : reported, is_forecast_out ? absent : forecast, is_out ? absent : load + exchange,
                is_out ? absent : exchange};
    }

private:
    /// Asking the time-zone database is slow. Within a day the hour just goes on, but on Sundays, when US clocks may
    /// change.
    void advance_clock(Hour begin) {
        constexpr int sunday = 6;
        if (++time_.hour < 24 && time_.weekday != sunday) return;
        time_ = clock_.at(begin);
        is_holiday_ = is_us_holiday(time_.year, time_.month, time_.day);
    }

    const Authority& authority_;
    LocalClock clock_;
    LocalTime time_{0, 0, 0, 24, 0, 0, false, 0};
    Weather weather_;
    Thermal thermal_;
    Drift level_, hourly_, forecast_day_, forecast_hour_, exchange_;
    Outage outage_, forecast_outage_;
    Random spoil_;
    bool is_holiday_ = false;
};

GridRespondent run(const Authority& authority, std::uint64_t seed, Hour first, Hour last) {
    GridRespondent respondent{std::string(authority.code), name_of_respondent(authority.code), {}};
    const auto hours = static_cast<std::size_t>((last - first).count() + 1);
    for (const Quantity& quantity : quantities()) {
        respondent.quantities.push_back({std::string(quantity.code), {}});
        respondent.quantities.back().values.reserve(hours);
    }
    Machine machine(authority, seed);
    for (Hour hour = first_synthetic_hour(); hour <= last; hour += std::chrono::hours{1}) {
        const auto values = machine.next(hour);
        if (hour < first) continue;
        for (std::size_t q = 0; q < values.size(); ++q)
            respondent.quantities[q].values.push_back(std::round(values[q]));
    }
    return respondent;
}

}  // namespace

Hour first_synthetic_hour() { return require_hour("2015-07-01T00", "synthetic grid"); }
Hour last_synthetic_hour() { return require_hour("2030-12-31T23", "synthetic grid"); }

Grid synthetic_grid(std::uint64_t seed, Hour first, Hour last) {
    if (first < first_synthetic_hour() || last > last_synthetic_hour() || first > last)
        throw ConfigError(fmt::format("the synthetic grid has the hours {} to {}, and not {}",
                                      to_string(first_synthetic_hour()), to_string(last_synthetic_hour()),
                                      to_string(first < first_synthetic_hour() ? first : last)));
    Grid grid{first, (last - first).count() + 1, {}};
    for (std::size_t a = 0; a < authorities.size(); ++a)
        grid.respondents.push_back(run(authorities[a], mix_seed(seed, 100 + a), first, last));
    grid.tables = {synthetic_fuel_table(grid, seed), synthetic_interchange_table(grid, seed),
                   synthetic_sub_area_table(grid, seed)};
    return grid;
}

}  // namespace gridring::source
