// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

Call call(const std::string& base_url, const ApiKey& key, const Route& route, std::string_view path,
          net::Parameters parameters) {
    net::Headers headers{{"Accept", "application/json"}};
    if (!key.value.empty() && key.place == ApiKey::Place::header) headers.push_back({"X-Api-Key", key.value});
    if (!key.value.empty() && key.place == ApiKey::Place::query) parameters.emplace_back("api_key", key.value);
    const std::string query = net::to_query(parameters);
    net::Url url = net::parse_url(base_url);
    while (url.target.ends_with('/')) url.target.pop_back();
    url.target += fmt::format("/electricity/rto/{}{}{}{}", route.name, path, query.empty() ? "" : "?", query);
    return {std::move(url), std::move(headers)};
}

}  // namespace

std::string Window::text() const {
    return fmt::format("{} of {}, {} to {}", route->name, fmt::join(regions, ", "), to_string(first), to_string(last));
}

std::int64_t hours_a_page(std::int64_t rows_an_hour, std::int64_t page_rows) {
    return std::max<std::int64_t>(1, page_rows / std::max<std::int64_t>(1, rows_an_hour));
}

/// Many regions leave a page half an hour's rows short; fewer at a time waste less of it, but each group ends in a page
/// of its own that is not full.
std::vector<std::vector<std::string>> group_regions(const std::vector<std::string>& regions, std::int64_t rows_of_each,
                                                    std::int64_t hours, std::int64_t page_rows) {
    expects(!regions.empty() && rows_of_each > 0 && hours > 0 && page_rows > 0, "regions to group");
    const auto count = std::ssize(regions);
    const auto size_of = [&](std::int64_t groups, std::int64_t group) {
        return count * (group + 1) / groups - count * group / groups;
    };
    const auto requests = [&](std::int64_t groups) {
        std::int64_t sum = 0;
        for (std::int64_t group = 0; group < groups; ++group) {
            const auto page = hours_a_page(size_of(groups, group) * rows_of_each, page_rows);
            sum += (hours + page - 1) / page;
        }
        return sum;
    };
    std::int64_t best = 1;
    for (std::int64_t groups = 2; groups <= count; ++groups)
        if (requests(groups) < requests(best)) best = groups;

    std::vector<std::vector<std::string>> result;
    auto at = regions.begin();
    for (std::int64_t group = 0; group < best; ++group) {
        const auto end = at + size_of(best, group);
        result.emplace_back(at, end);
        at = end;
    }
    return result;
}

Call data_call(const std::string& base_url, const ApiKey& key, const Window& window, std::int64_t offset,
               std::int64_t length) {
    net::Parameters parameters{{"frequency", "hourly"}, {"data[0]", "value"}};
    const Route& route = *window.route;
    for (const auto& region : window.regions)
        parameters.emplace_back(fmt::format("facets[{}][]", route.region), region);
    for (const auto& item : window.items) parameters.emplace_back(fmt::format("facets[{}][]", route.item), item);
    parameters.emplace_back("start",
                            to_string(window.first));        // always with its hour: bounds are inclusive, and a bare
    parameters.emplace_back("end", to_string(window.last));  // date means T00
    int index = 0;
    for (const std::string_view column : {std::string_view("period"), route.region, route.item}) {
        parameters.emplace_back(fmt::format("sort[{}][column]", index), column);
        parameters.emplace_back(fmt::format("sort[{}][direction]", index++), "asc");
    }
    parameters.emplace_back("offset", std::to_string(offset));
    parameters.emplace_back("length", std::to_string(length));
    return call(base_url, key, route, "/data/", std::move(parameters));
}

Call regions_call(const std::string& base_url, const ApiKey& key, const Route& route) {
    return call(base_url, key, route, fmt::format("/facet/{}/", route.region), {});
}

}  // namespace gridring::source
