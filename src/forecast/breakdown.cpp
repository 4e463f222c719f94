// SPDX-License-Identifier: MIT
#include "gridring/forecast/breakdown.hpp"

#include <cmath>
#include <limits>

#include "forecast/judged_hours.hpp"
#include "gridring/core/calendar.hpp"

namespace gridring::forecast {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();

struct Keys {
    std::size_t hour, weekday, month;
};

/// [hour of the dataset]
std::vector<Keys> keys_of(const series::Dataset& data, std::size_t region) {
    const LocalClock clock(data.time_zones[region]);
    std::vector<Keys> keys;
    for (std::int64_t hour = 0; hour < data.hours; ++hour) {
        const LocalTime local = clock.at(data.hour_at(hour - 1));  // at which it begins
        keys.push_back({static_cast<std::size_t>(local.hour), static_cast<std::size_t>(local.weekday),
                        static_cast<std::size_t>(local.month - 1)});
    }
    return keys;
}

/// Sums while hours are added, means when all are there.
class Collector {
public:
    Collector(std::size_t keys, std::size_t entries)
        : errors_{std::vector<std::int64_t>(keys), std::vector(entries, std::vector<double>(keys))} {}
    void add(std::size_t entry, std::size_t key, double ape) {
        errors_.mape[entry][key] += ape;
        errors_.n[key] += entry == 0;
    }
    ErrorsBy means() const {
        ErrorsBy means = errors_;
        for (auto& of_entry : means.mape)
            for (std::size_t key = 0; key < of_entry.size(); ++key)
                of_entry[key] = means.n[key] > 0 ? of_entry[key] / static_cast<double>(means.n[key]) : none;
        return means;
    }

private:
    ErrorsBy errors_;
};

Breakdown break_down_region(const Contest& contest, const std::vector<Entry>& entries, std::size_t region,
                            LeadRange leads, const std::vector<Keys>& keys) {
    JudgedHours hours(contest, region, leads);
    for (const Entry& entry : entries) hours.leave_out_gaps_of(entry);
    Collector by_hour(24, entries.size()), by_weekday(7, entries.size()), by_month(12, entries.size());
    for (std::size_t entry = 0; entry < entries.size(); ++entry) {
        const auto forecast = hours.forecast_of(entries[entry]);
        for (std::size_t at = 0; at < forecast.size(); ++at) {
            const double actual = hours.actual()[at];
            if (std::isnan(actual) || actual == 0) continue;
            const double ape = 100 * std::abs(forecast[at] - actual) / std::abs(actual);
            const Keys& key = keys[static_cast<std::size_t>(hours.target(at))];
            by_hour.add(entry, key.hour, ape);
            by_weekday.add(entry, key.weekday, ape);
            by_month.add(entry, key.month, ape);
        }
    }
    return {by_hour.means(), by_weekday.means(), by_month.means()};
}

/// Each region with the same weight.
ErrorsBy mean_of(const std::vector<Breakdown>& regions, ErrorsBy Breakdown::*by) {
    ErrorsBy mean = regions.front().*by;
    for (std::size_t key = 0; key < mean.n.size(); ++key) {
        mean.n[key] = 0;
        for (const Breakdown& region : regions) mean.n[key] += (region.*by).n[key];
        for (std::size_t entry = 0; entry < mean.mape.size(); ++entry) {
            double sum = 0, count = 0;
            for (const Breakdown& region : regions)
                if (const double mape = (region.*by).mape[entry][key]; !std::isnan(mape)) sum += mape, ++count;
            mean.mape[entry][key] = count > 0 ? sum / count : none;
        }
    }
    return mean;
}

}  // namespace

std::vector<std::vector<Breakdown>> break_down(const Contest& contest, const std::vector<Entry>& entries) {
    std::vector<std::vector<Keys>> keys;
    for (std::size_t region = 0; region < contest.origins.size(); ++region)
        keys.push_back(keys_of(contest.data, region));
    std::vector<std::vector<Breakdown>> all;
    for (const LeadRange leads : contest.leads) {
        auto& of_range = all.emplace_back();
        for (std::size_t region = 0; region < contest.origins.size(); ++region)
            of_range.push_back(break_down_region(contest, entries, region, leads, keys[region]));
        of_range.push_back({mean_of(of_range, &Breakdown::hour), mean_of(of_range, &Breakdown::weekday),
                            mean_of(of_range, &Breakdown::month)});
    }
    return all;
}

}  // namespace gridring::forecast
