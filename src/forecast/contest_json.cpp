// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "gridring/forecast/contest_scores.hpp"

namespace gridring::forecast {
namespace {

using Json = nlohmann::json;

/// Six digits are more than any of them deserves.
Json number(double value) {
    if (!std::isfinite(value)) return nullptr;
    if (value == 0) return 0;
    const double scale = std::pow(10, 5 - std::floor(std::log10(std::abs(value))));
    return std::isfinite(scale) ? std::round(value * scale) / scale : value;
}

Json numbers(const std::vector<double>& values) {
    Json list = Json::array();
    for (const double value : values) list.push_back(number(value));
    return list;
}

double skill(double mape, double reference) { return 100 * (1 - mape / reference); }

/// Where among the entries `reference` stands; their number where it does not.
std::size_t find_entry(const Table& table, const std::string& reference) {
    return static_cast<std::size_t>(std::ranges::find(table.standings, reference, &Standing::name) -
                                    table.standings.begin());
}

Json entries_json(const Table& table, std::size_t reference) {
    Json list = Json::array();
    for (const Standing& standing : table.standings) {
        Json entry{{"name", standing.name},
                   {"n", standing.n},
                   {"mape", number(standing.mape)},
                   {"median_ape", number(standing.median_ape)},
                   {"wape", number(standing.wape)},
                   {"mae_mw", number(standing.mae_mw)},
                   {"rmse_mw", number(standing.rmse_mw)},
                   {"mase", number(standing.mase)}};
        if (reference < table.standings.size())
            entry["skill"] = number(skill(standing.mape, table.standings[reference].mape));
        list.push_back(std::move(entry));
    }
    return list;
}

/// Rows and columns by entry; the diagonal is null.
Json comparisons_json(const Table& table, double score::Comparison::*part) {
    Json rows = Json::array();
    for (std::size_t row = 0; row < table.standings.size(); ++row) {
        Json cells = Json::array();
        for (std::size_t column = 0; column < table.standings.size(); ++column)
            cells.push_back(row == column ? Json(nullptr) : number(compare(table, row, column).*part));
        rows.push_back(std::move(cells));
    }
    return rows;
}

Json errors_json(const ErrorsBy& errors, std::size_t reference) {
    Json json{{"n", errors.n}, {"mape", Json::array()}};
    for (const auto& of_entry : errors.mape) json["mape"].push_back(numbers(of_entry));
    if (reference >= errors.mape.size()) return json;
    json["skill"] = Json::array();
    for (auto of_entry : errors.mape) {
        for (std::size_t key = 0; key < of_entry.size(); ++key)
            of_entry[key] = skill(of_entry[key], errors.mape[reference][key]);
        json["skill"].push_back(numbers(of_entry));
    }
    return json;
}

Json quantiles_json(const QuantileScore& scores) {
    Json json{{"n", scores.n},
              {"pinball_mw", number(scores.pinball_mw)},
              {"wql", number(scores.weighted_quantile_loss)},
              {"pinball_by_level_mw", numbers(scores.pinball_by_level_mw)},
              {"bands", Json::array()}};
    for (const BandScore& band : scores.bands)
        json["bands"].push_back({{"level", band.level},
                                 {"coverage", number(band.coverage)},
                                 {"width_mw", number(band.width_mw)},
                                 {"width_percent", number(band.width_percent)}});
    return json;
}

Json region_json(const ContestScores& scores, std::size_t range, std::size_t region, const Table& table,
                 const std::string& reference) {
    const std::size_t at = find_entry(table, reference);
    const Breakdown& when = scores.breakdowns[range][region];
    Json json{{"region", table.region},
              {"entries", entries_json(table, at)},
              {"dm_statistic", comparisons_json(table, &score::Comparison::statistic)},
              {"dm_p", comparisons_json(table, &score::Comparison::p_two_sided)},
              {"by_hour", errors_json(when.hour, at)},
              {"by_weekday", errors_json(when.weekday, at)},
              {"by_month", errors_json(when.month, at)}};
    if (!scores.quantiles.empty()) json["quantiles"] = quantiles_json(scores.quantiles[range][region]);
    if (!scores.uncalibrated.empty())
        json["quantiles_uncalibrated"] = quantiles_json(scores.uncalibrated[range][region]);
    return json;
}

}  // namespace

std::string to_json(const ContestScores& scores, const std::string& reference) {
    Json json{{"entries", Json::array()}, {"reference", nullptr}, {"ranges", Json::array()}};
    const Table& any = scores.tables.front().front();
    for (const Standing& standing : any.standings) json["entries"].push_back(standing.name);
    if (find_entry(any, reference) < any.standings.size()) json["reference"] = reference;
    for (std::size_t range = 0; range < scores.tables.size(); ++range) {
        auto tables = scores.tables[range];
        tables.push_back(mean_of(tables));
        Json regions = Json::array();
        for (std::size_t region = 0; region < tables.size(); ++region)
            regions.push_back(region_json(scores, range, region, tables[region], reference));
        json["ranges"].push_back(
            {{"leads", {tables.front().leads.first, tables.front().leads.last}}, {"regions", std::move(regions)}});
    }
    return json.dump();
}

}  // namespace gridring::forecast
