// SPDX-License-Identifier: MIT
#include "gridring/series/alignment.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"

namespace gridring::series {
namespace {

constexpr std::array<int, 5> shifts{0, -24, -1, 1, 24};
constexpr std::int64_t fewest_hours = 200;  // that a month is judged by
constexpr double most_error = .5;           // an hour counts no more: one fault of demand must not decide a month
constexpr double convincing = .85, supporting = .95;  // error with the shift / without
constexpr int fewest_months = 2;

/// Of one hour, by shift; all NaN unless all are known.
using Errors = std::array<double, shifts.size()>;

std::vector<Errors> errors_of(std::span<const double> demand, std::span<const std::uint16_t> flags,
                              std::span<const double> forecast) {
    constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
    const auto hours = static_cast<std::int64_t>(demand.size());
    const auto error_at = [&](std::int64_t t, int shift) {
        const std::int64_t from = t - shift;
        const auto at = static_cast<std::size_t>(t);
        const bool is_known = from >= 0 && from < hours && forecast[static_cast<std::size_t>(from)] > 0 &&
                              demand[at] > 0 && (flags.empty() || is_good(flags[at]));
        return is_known ? std::min(std::abs(forecast[static_cast<std::size_t>(from)] / demand[at] - 1), most_error)
                        : unknown;
    };
    std::vector<Errors> errors(demand.size());
    for (std::int64_t t = 0; t < hours; ++t) {
        Errors& of_hour = errors[static_cast<std::size_t>(t)];
        std::ranges::transform(shifts, of_hour.begin(), [&](int shift) { return error_at(t, shift); });
        if (std::ranges::any_of(of_hour, [](double error) { return std::isnan(error); })) of_hour.fill(unknown);
    }
    return errors;
}

struct Mean {
    Errors errors{};
    std::int64_t hours = 0;
};
Mean mean_of(std::span<const Errors> errors) {
    Mean mean;
    for (const Errors& of_hour : errors) {
        if (std::isnan(of_hour[0])) continue;
        ++mean.hours;
        for (std::size_t s = 0; s < shifts.size(); ++s) mean.errors[s] += of_hour[s];
    }
    for (double& error : mean.errors) error /= static_cast<double>(mean.hours);
    return mean;
}

/// Hours [begin, end) of one calendar month, and what it says.
struct Month {
    std::size_t begin, end;
    std::size_t best = 0;  ///< index into shifts
    double ratio = 1;      ///< error with that shift / without

    bool supports(std::size_t shift) const { return best == shift && ratio < supporting; }
    bool convinces() const { return ratio < convincing; }
};

std::vector<Month> months_of(Hour start, std::span<const Errors> errors) {
    const auto month_at = [&](std::size_t t) {  // hour ending: midnight belongs to the day before
        const auto inside = start + std::chrono::hours{static_cast<std::int64_t>(t) - 1};
        const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(inside));
        return day.year() / day.month();
    };
    std::vector<Month> months;
    for (std::size_t t = 0; t < errors.size(); ++t) {
        if (t == 0 || month_at(t) != month_at(t - 1)) months.push_back({t, t});
        months.back().end = t + 1;
    }
    for (Month& month : months) {
        const Mean mean = mean_of(errors.subspan(month.begin, month.end - month.begin));
        if (mean.hours < fewest_hours || mean.errors[0] == 0) continue;
        const auto best = std::ranges::min_element(mean.errors);
        month.best = static_cast<std::size_t>(best - mean.errors.begin());
        month.ratio = *best / mean.errors[0];
    }
    return months;
}

/// The part of [begin, end) over which the shift gains most in sum: it begins and ends where the gain does.
std::pair<std::size_t, std::size_t> best_part(std::span<const Errors> errors, std::size_t begin, std::size_t end,
                                              std::size_t shift) {
    std::pair best{begin, begin};
    double most = 0, sum = 0;
    std::size_t from = begin;
    for (std::size_t t = begin; t < end; ++t) {
        if (std::isnan(errors[t][0])) continue;
        if (sum <= 0) from = t, sum = 0;
        sum += errors[t][0] - errors[t][shift];
        if (sum > most) most = sum, best = {from, t + 1};
    }
    return best;
}

Misalignment describe(Hour start, std::span<const Errors> errors, std::pair<std::size_t, std::size_t> part,
                      std::size_t shift) {
    const auto hour = [&](std::size_t t) { return start + std::chrono::hours{static_cast<std::int64_t>(t)}; };
    const Mean mean = mean_of(errors.subspan(part.first, part.second - part.first));
    return {hour(part.first), hour(part.second - 1), shifts[shift], 100 * mean.errors[0], 100 * mean.errors[shift]};
}

}  // namespace

std::vector<Misalignment> audit_alignment(Hour start, std::span<const double> demand,
                                          std::span<const std::uint16_t> flags, std::span<const double> forecast) {
    expects(forecast.size() == demand.size() && (flags.empty() || flags.size() == demand.size()),
            "demand, its flags and the forecast cover the same hours");
    const auto errors = errors_of(demand, flags, forecast);
    const auto months = months_of(start, errors);
    std::vector<Misalignment> found;
    for (std::size_t m = 0; m < months.size();) {
        const std::size_t shift = months[m].best, first = m;
        int convinced = 0;
        for (; m < months.size() && months[m].supports(shift); ++m) convinced += months[m].convinces();
        if (shift != 0 && convinced >= fewest_months) {
            const std::size_t begin = months[first - std::min<std::size_t>(first, 1)].begin;
            const std::size_t end = months[std::min(m, months.size() - 1)].end;
            found.push_back(describe(start, errors, best_part(errors, begin, end, shift), shift));
        }
        m += m == first;
    }
    return found;
}

std::vector<RegionMisalignment> audit_alignment(const store::Series& series) {
    const auto find = [&](const char* name) {
        return std::ranges::find(series.variables, name, &store::SeriesVariable::name);
    };
    const auto demand = find("demand"), forecast = find("demand_forecast");
    std::vector<RegionMisalignment> found;
    if (demand == series.variables.end() || forecast == series.variables.end()) return found;
    const auto hours = static_cast<std::size_t>(series.hours);
    for (std::size_t region = 0; region < series.regions.size(); ++region) {
        const auto flags = demand->flags.empty() ? std::span<const std::uint16_t>{}
                                                 : std::span(demand->flags).subspan(region * hours, hours);
        for (const Misalignment& stretch :
             audit_alignment(series.first, std::span(demand->values).subspan(region * hours, hours), flags,
                             std::span(forecast->values).subspan(region * hours, hours)))
            found.push_back({series.regions[region].code, stretch});
    }
    return found;
}

}  // namespace gridring::series
