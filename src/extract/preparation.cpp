// SPDX-License-Identifier: MIT
#include "preparation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <map>

#include "gridring/core/log.hpp"

namespace gridring::extract {
namespace {

using std::chrono::hours;

/// Of a region whose days at both ends of the stretch brought none.
constexpr std::int64_t typical_rows_an_hour = 8;

bool is_known(const std::vector<source::Facet>& facets, const std::string& code) {
    return std::ranges::find(facets, code, &source::Facet::id) != facets.end();
}

/// Rows an hour of each region, in the fullest hour.
std::map<std::string, std::int64_t> densities_of(const source::Page& page) {
    std::map<std::pair<std::string, Hour>, std::int64_t> rows;
    for (const source::Row& row : page.rows) ++rows[{page.columns[row.column].region, row.period}];
    std::map<std::string, std::int64_t> densities;
    for (const auto& [key, count] : rows) densities[key.first] = std::max(densities[key.first], count);
    return densities;
}

}  // namespace

Preparation::Preparation(const Options& options, const Coverage& coverage, Fetcher& fetcher) : options_(options) {
    const auto start = std::chrono::steady_clock::now();
    for (const auto& dataset : options.datasets) {
        const source::Route& route = source::require_route(dataset);
        if (coverage.missing(route, options.regions).empty()) continue;
        const auto regions = regions_of(route, fetcher);
        for (const auto& window : coverage.missing(route, regions))
            for (auto& stretch : stretches_of(window, fetcher)) stretches_.push_back(std::move(stretch));
    }
    if (const auto calls = fetcher.caller().requests(); calls > 0)
        seconds_a_call_ = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() /
                          static_cast<double>(calls);
}

/// Every region has region-data; not every one has the others.
std::vector<std::string> Preparation::regions_of(const source::Route& route, Fetcher& fetcher) const {
    const auto known = fetcher.regions(route);
    if (route.name == "region-data") {
        source::require_known(options_.regions, known);
        return options_.regions;
    }
    std::vector<std::string> regions;
    for (const auto& region : options_.regions) {
        if (is_known(known, region)) {
            regions.push_back(region);
            continue;
        }
        if (!is_known(source::eia_respondents(), region)) source::require_known({region}, known);
        log::info(fmt::format("{} has nothing of {}", route.name, region));
    }
    return regions;
}

std::vector<Stretch> Preparation::stretches_of(const source::Window& missing, Fetcher& fetcher) {
    std::map<std::string, std::int64_t> densities;
    const bool is_exact = !missing.items.empty();
    if (is_exact) {
        for (const auto& region : missing.regions) densities[region] = std::ssize(missing.items);
    } else {
        // A day at each end tells; the rows of the days between are learnt while they come.
        for (const Hour first : {missing.first, std::max(missing.first, missing.last - hours{23})}) {
            source::Window day = missing;
            day.first = first;
            day.last = std::min(missing.last, first + hours{23});
            for (const auto& [region, density] : densities_of(fetcher.page(day, 0).page))
                densities[region] = std::max(densities[region], density);
            if (day.last == missing.last) break;
        }
        for (const auto& region : missing.regions)
            if (densities[region] == 0) densities[region] = typical_rows_an_hour;
    }
    std::int64_t all = 0;
    for (const auto& region : missing.regions) all += densities[region];
    const auto of_each = (all + std::ssize(missing.regions) - 1) / std::ssize(missing.regions);

    std::vector<Stretch> stretches;
    for (auto& group : source::group_regions(missing.regions, of_each, missing.hours(), options_.page_rows)) {
        Stretch stretch{missing, 0, is_exact};
        for (const auto& region : group) stretch.rows_an_hour += densities[region];
        stretch.window.regions = std::move(group);
        stretches.push_back(std::move(stretch));
    }
    return stretches;
}

Plan Preparation::plan(const Fetcher& fetcher) const {
    Plan plan;
    for (const Stretch& stretch : stretches_) {
        const std::string dataset(stretch.window.route->name);
        auto part = std::ranges::find(plan.parts, dataset, &Plan::Part::dataset);
        if (part == plan.parts.end()) part = plan.parts.insert(part, {dataset});
        const auto page = source::hours_a_page(stretch.rows_an_hour, options_.page_rows);
        const auto span = stretch.window.hours();
        part->regions += std::ssize(stretch.window.regions);
        part->hours = std::max(part->hours, span);
        part->rows += span * stretch.rows_an_hour;
        part->requests += (span + page - 1) / page;
    }
    std::int64_t left = 0;
    for (const auto& part : plan.parts) left += part.requests;
    plan.requests = left + fetcher.caller().requests();
    const auto beyond = [](std::int64_t count, std::int64_t free) {
        return static_cast<double>(std::max<std::int64_t>(0, count - free));
    };
    const double by_pace = beyond(left, options_.burst) / options_.requests_per_second;
    const double by_hour =
        3600.0 * static_cast<double>((std::max<std::int64_t>(left, 1) - 1) / options_.requests_per_hour);
    const double by_latency = static_cast<double>(left) * seconds_a_call_ / options_.connections;
    if (left > 0) plan.seconds = std::max({by_pace, by_hour, by_latency}) + seconds_a_call_;
    return plan;
}

}  // namespace gridring::extract
