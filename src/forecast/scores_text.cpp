// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gridring/forecast/scores.hpp"

namespace gridring::forecast {
namespace {

using Json = nlohmann::json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json row(const ErrorRow& errors, const char* key) {
    return {{key, errors.key},
            {"n", errors.n},
            {"mape", number(errors.mape)},
            {"mape_naive24", number(errors.mape_naive24)},
            {"mape_naive168", number(errors.mape_naive168)},
            {"coverage", number(errors.coverage)}};
}

Json rows(const std::vector<ErrorRow>& list, const char* key) {
    Json array = Json::array();
    for (const auto& errors : list) array.push_back(row(errors, key));
    return array;
}

}  // namespace

std::string to_text(const std::vector<RegionScores>& scores) {
    std::string text = fmt::format("{:<8}{:>8}{:>10}{:>12}{:>13}{:>14}{:>11}{:>11}\n", "region", "n", "MAPE %",
                                   "naive-24 %", "naive-168 %", "vs naive-24", "operator %", "in band %");
    for (const auto& region : scores)
        text +=
            fmt::format("{:<8}{:>8}{:>10.2f}{:>12.2f}{:>13.2f}{:>12.0f} %{:>11}{:>11.1f}\n", region.code, region.all.n,
                        region.all.mape, region.all.mape_naive24, region.all.mape_naive168,
                        100 * (region.all.mape / region.all.mape_naive24 - 1),
                        region.mape_operator ? fmt::format("{:.2f}", *region.mape_operator) : "-", region.all.coverage);
    return text;
}

std::string to_json(const std::vector<RegionScores>& scores, const store::Results& results) {
    Json regions = Json::array();
    for (const auto& region : scores) {
        Json item = row(region.all, "key");
        item.erase("key");
        item["code"] = region.code;
        item["name"] = region.name;
        item["time_zone"] = region.time_zone;
        item["mae_mw"] = number(region.mae_mw);
        item["rmse_mw"] = number(region.rmse_mw);
        item["mape_operator"] = region.mape_operator ? Json(*region.mape_operator) : Json(nullptr);
        item["n_operator"] = region.n_operator;
        item["band"] =
            results.quantiles.size() > 1 ? Json{results.quantiles.front(), results.quantiles.back()} : Json(nullptr);
        item["by_hour"] = rows(region.by_hour, "hour");
        item["by_lead"] = rows(region.by_lead, "lead");
        regions.push_back(std::move(item));
    }
    Json all{{"horizon", results.horizon}, {"regions", std::move(regions)}};
    std::size_t origins = 0;
    Hour first = Hour::max(), last = Hour::min();
    for (const auto& list : results.origins) {
        origins = std::max(origins, list.size());
        if (list.empty()) continue;
        first = std::min(first, list.front() + std::chrono::hours{1});
        last = std::max(last, list.back() + std::chrono::hours{results.horizon});
    }
    all["origins"] = origins;
    if (origins > 0) all["test_from"] = to_string(first), all["test_to"] = to_string(last);
    return all.dump(2) + "\n";
}

}  // namespace gridring::forecast
