// SPDX-License-Identifier: MIT
#include <algorithm>
#include <chrono>
#include <cmath>

#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "observe/page_data.hpp"

namespace gridring::observe {
namespace {

using nlohmann::json;

std::size_t size_of(std::int64_t n) { return static_cast<std::size_t>(n); }

/// Quantile indices that the page draws.
struct Band {
    std::size_t lower, median, upper;
    bool is_drawn;
};

Band band_of(const std::vector<double>& quantiles) {
    expects(!quantiles.empty(), "a results file has quantiles");
    const auto distance = [](double a, double b) { return std::abs(a - .5) < std::abs(b - .5); };
    const auto median = std::min_element(quantiles.begin(), quantiles.end(), distance) - quantiles.begin();
    return {0, static_cast<std::size_t>(median), quantiles.size() - 1, quantiles.size() >= 3};
}

/// One region's rows of a Results, addressed by (origin, lead).
struct RegionView {
    const store::Results& results;
    std::size_t region;
    Band band = band_of(results.quantiles);
    std::size_t origin_count = size_of(results.origin_count());

    std::size_t row(std::size_t origin, std::size_t lead) const {
        return (region * origin_count + origin) * size_of(results.horizon) + lead;
    }
    double actual(std::size_t origin, std::size_t lead) const { return results.actual[row(origin, lead)]; }
    double quantile(std::size_t origin, std::size_t lead, std::size_t which) const {
        return results.forecast[row(origin, lead) * results.quantiles.size() + which];
    }
};

/// Adds the leads of one origin to the columns of a region.
void append(json& columns, const RegionView& view, std::size_t origin) {
    const auto& band = view.band;
    for (std::size_t lead = 0; lead < size_of(view.results.horizon); ++lead) {
        const double median = view.quantile(origin, lead, band.median);
        columns["median"].push_back(megawatts(median, median));
        columns["miss"].push_back(megawatts(view.actual(origin, lead) - median, median));
        if (!band.is_drawn) continue;
        columns["below"].push_back(megawatts(median - view.quantile(origin, lead, band.lower), median));
        columns["above"].push_back(megawatts(view.quantile(origin, lead, band.upper) - median, median));
    }
}

json hours_json(std::span<const Hour> hours) {
    json list = json::array();
    for (const Hour hour : hours) list.push_back(epoch_hours(hour));
    return list;
}

json region_json(const RegionView& view, std::size_t first_origin) {
    const auto& origins = view.results.origins[view.region];
    json region{{"code", view.results.regions[view.region]},
                {"origins", hours_json(std::span(origins).subspan(first_origin))}};
    for (const char* column : {"median", "below", "above", "miss"}) region[column] = json::array();
    for (std::size_t origin = first_origin; origin < origins.size(); ++origin) append(region, view, origin);
    return region;
}

json band_json(const std::vector<double>& quantiles) {
    return band_of(quantiles).is_drawn ? json{quantiles.front(), quantiles.back()} : json(nullptr);
}

/// Good hours (last - count, last] of demand; null where missing or flagged.
json history_json(const store::Series& series, const std::string& code, Hour last, std::int64_t count) {
    const auto is_demand = [](const auto& variable) { return variable.name == "demand"; };
    const auto demand = std::find_if(series.variables.begin(), series.variables.end(), is_demand);
    const auto is_region = [&](const auto& region) { return region.code == code; };
    const auto region = std::find_if(series.regions.begin(), series.regions.end(), is_region);
    json values = json::array();
    if (demand == series.variables.end() || region == series.regions.end()) return values;
    for (Hour hour = last - std::chrono::hours{count - 1}; hour <= last; hour += std::chrono::hours{1}) {
        const std::int64_t at = (hour - series.first).count();
        const std::size_t index = size_of((region - series.regions.begin()) * series.hours + at);
        const bool is_good =
            at >= 0 && at < series.hours && (demand->flags.empty() || series::is_good(demand->flags[index]));
        values.push_back(is_good ? megawatts(demand->values[index], demand->values[index]) : json(nullptr));
    }
    return values;
}

}  // namespace

json megawatts(double value, double size) {
    if (!std::isfinite(value) || !std::isfinite(size)) return nullptr;
    if (std::abs(size) >= 1000) return std::llround(value);
    const double digits = std::abs(size) >= 100 ? 10 : std::abs(size) >= 10 ? 100 : 1000;
    return std::round(value * digits) / digits;
}

json evaluation_data(const store::Results& results, std::int64_t max_points) {
    json regions = json::array();
    std::size_t most = 0;
    const auto share = max_points / std::max<std::int64_t>(1, std::ssize(results.regions) * results.horizon);
    for (std::size_t region = 0; region < results.regions.size(); ++region) {
        const std::size_t origins = results.origins[region].size();
        regions.push_back(
            region_json({results, region}, origins - std::min(origins, size_of(std::max<std::int64_t>(1, share)))));
        most = std::max(most, origins);
    }
    return {{"horizon", results.horizon},
            {"band", band_json(results.quantiles)},
            {"origins_in_file", most},
            {"regions", regions}};
}

json next_day_data(const store::Results& forecast, const store::Series* series, std::int64_t history_hours) {
    json regions = json::array();
    for (std::size_t region = 0; region < forecast.regions.size(); ++region) {
        const auto& origins = forecast.origins[region];
        if (origins.empty()) continue;
        json entry = region_json({forecast, region}, origins.size() - 1);
        entry["history"] =
            series ? history_json(*series, forecast.regions[region], origins.back(), history_hours) : json::array();
        regions.push_back(std::move(entry));
    }
    return {{"horizon", forecast.horizon}, {"band", band_json(forecast.quantiles)}, {"regions", regions}};
}

}  // namespace gridring::observe
