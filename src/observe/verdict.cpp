// SPDX-License-Identifier: MIT
#include "observe/verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

namespace gridring::observe {
namespace {

using nlohmann::json;

std::optional<double> number(const json& object, const char* key) {
    if (!object.is_object() || !object.contains(key) || !object[key].is_number()) return std::nullopt;
    return object[key].get<double>();
}

struct Means {
    double model = 0, naive24 = 0, naive168 = 0;
    int regions = 0;
};

Means means_of(const json& scores) {
    Means sum;
    for (const json& region : scores.is_object() ? scores.value("regions", json::array()) : json::array()) {
        const auto model = number(region, "mape");
        const auto yesterday = number(region, "mape_naive24"), last_week = number(region, "mape_naive168");
        if (!model || !yesterday || !last_week) continue;
        sum.model += *model, sum.naive24 += *yesterday, sum.naive168 += *last_week;
        sum.regions += 1;
    }
    const double n = std::max(1, sum.regions);
    return {sum.model / n, sum.naive24 / n, sum.naive168 / n, sum.regions};
}

/// "42 % below", "7 % above", "level with": `model` against `naive`.
std::string against(double model, double naive) {
    const double change = 100 * (model / naive - 1);
    if (!std::isfinite(change) || std::abs(change) < .5) return "level with";
    return fmt::format("{:.0f}\u00a0% {}", std::abs(change), change < 0 ? "below" : "above");
}

}  // namespace

std::string verdict(const json& scores) {
    const Means mean = means_of(scores);
    if (mean.regions == 0) return "No scores yet: this run has not been evaluated.";
    const auto horizon = number(scores, "horizon").value_or(24);
    const std::string regions = mean.regions == 1 ? "1 region" : fmt::format("{} regions", mean.regions);
    return fmt::format("{:.0f}-h MAPE {:.1f}\u00a0% over {}: {} copying yesterday, {} copying last week.", horizon,
                       mean.model, regions, against(mean.model, mean.naive24), against(mean.model, mean.naive168));
}

}  // namespace gridring::observe
