// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

constexpr std::string_view route = "/electricity/rto/region-data";

Call call(const std::string& base_url, const ApiKey& key, std::string_view path, net::Parameters parameters) {
    net::Headers headers{{"Accept", "application/json"}};
    if (!key.value.empty() && key.place == ApiKey::Place::header) headers.push_back({"X-Api-Key", key.value});
    if (!key.value.empty() && key.place == ApiKey::Place::query) parameters.emplace_back("api_key", key.value);
    const std::string query = net::to_query(parameters);
    net::Url url = net::parse_url(base_url);
    while (url.target.ends_with('/')) url.target.pop_back();
    url.target += fmt::format("{}{}{}{}", route, path, query.empty() ? "" : "?", query);
    return {std::move(url), std::move(headers)};
}

}  // namespace

const std::vector<Quantity>& quantities() {
    static const std::vector<Quantity> all{
        {"D", "demand", "Demand", "electricity demand"},
        {"DF", "demand_forecast", "Day-ahead demand forecast", "day-ahead demand forecast of the operator"},
        {"NG", "net_generation", "Net generation", "net generation"},
        {"TI", "total_interchange", "Total interchange", "total interchange, positive when the region exports"},
    };
    return all;
}

const Quantity& require_quantity(std::string_view code) {
    const auto found = std::ranges::find(quantities(), code, &Quantity::code);
    if (found == quantities().end())
        throw ConfigError(fmt::format("type '{}' is not one of EIA region-data; expected D, DF, NG or TI", code));
    return *found;
}

std::vector<Window> plan_windows(const Window& span, std::int64_t page_rows) {
    expects(!span.respondents.empty() && !span.types.empty() && span.first <= span.last && page_rows > 0,
            "a span to plan");
    const auto rows_an_hour = static_cast<std::int64_t>(span.respondents.size() * span.types.size());
    const std::chrono::hours length{std::max<std::int64_t>(1, page_rows / rows_an_hour)};
    std::vector<Window> windows;
    for (Hour first = span.first; first <= span.last; first += length)
        windows.push_back(
            {first, std::min(first + length - std::chrono::hours{1}, span.last), span.respondents, span.types});
    return windows;
}

Call data_call(const std::string& base_url, const ApiKey& key, const Window& window, std::int64_t offset,
               std::int64_t length) {
    net::Parameters parameters{{"frequency", "hourly"}, {"data[0]", "value"}};
    for (const auto& respondent : window.respondents) parameters.emplace_back("facets[respondent][]", respondent);
    for (const auto& type : window.types) parameters.emplace_back("facets[type][]", type);
    parameters.emplace_back("start",
                            to_string(window.first));        // always with its hour: bounds are inclusive, and a bare
    parameters.emplace_back("end", to_string(window.last));  // date means T00
    int index = 0;
    for (const char* column : {"period", "respondent", "type"}) {
        parameters.emplace_back(fmt::format("sort[{}][column]", index), column);
        parameters.emplace_back(fmt::format("sort[{}][direction]", index++), "asc");
    }
    parameters.emplace_back("offset", std::to_string(offset));
    parameters.emplace_back("length", std::to_string(length));
    return call(base_url, key, "/data/", std::move(parameters));
}

Call respondents_call(const std::string& base_url, const ApiKey& key) {
    return call(base_url, key, "/facet/respondent/", {});
}

}  // namespace gridring::source
