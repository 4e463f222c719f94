// SPDX-License-Identifier: MIT
#include <cmath>
#include <nlohmann/json.hpp>

#include "app/inspection.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::ordered_json;

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json json_of(const SeriesFacts& facts, const std::vector<std::string>& names) {
    Json flags = Json::object();
    for (std::size_t bit = 0; bit < facts.flags.size(); ++bit)
        if (facts.flags[bit] > 0) flags[names[bit]] = facts.flags[bit];
    return {{"region", facts.region},
            {"first", facts.hours > 0 ? Json(to_string(facts.first)) : Json(nullptr)},
            {"last", facts.hours > 0 ? Json(to_string(facts.last)) : Json(nullptr)},
            {"hours", facts.hours},
            {"missing", facts.missing},
            {"gaps", facts.gaps},
            {"longest_gap_hours", facts.longest_gap},
            {"least", number(facts.least)},
            {"median", number(facts.median)},
            {"most", number(facts.most)},
            {"flagged", facts.flagged},
            {"flags", facts.flags.empty() ? Json(nullptr) : flags}};
}

Json variables_of(const Inspection& inspection) {
    Json variables = Json::array();
    for (std::size_t v = 0; v < inspection.facts.size(); ++v) {
        const store::SeriesVariable& variable = inspection.series.variables[v];
        Json regions = Json::array();
        for (const SeriesFacts& facts : inspection.facts[v])
            regions.push_back(json_of(facts, inspection.series.flag_names));
        variables.push_back(
            {{"name", variable.name},
             {"source_code", variable.source_code},
             {"units", variable.units},
             {"long_name", variable.long_name},
             {"cleaning_method", variable.cleaned.empty() ? Json(nullptr) : Json(variable.cleaning_method)},
             {"regions", regions}});
    }
    return variables;
}

Json misalignments_of(const Inspection& inspection) {
    Json found = Json::array();
    for (const auto& [region, stretch] : inspection.misalignments)
        found.push_back({{"region", region},
                         {"variable", "demand_forecast"},
                         {"first", to_string(stretch.first)},
                         {"last", to_string(stretch.last)},
                         {"shift_hours", stretch.shift_hours},
                         {"error_percent", number(stretch.error)},
                         {"error_shifted_percent", number(stretch.error_shifted)}});
    return found;
}

Json labels_of(const Inspection& inspection) {
    Json found = Json::array();
    for (const LabelScore& score : inspection.labels)
        found.push_back({{"region", score.region},
                         {"class", score.class_name},
                         {"flag", score.flag},
                         {"labelled", score.labelled},
                         {"flagged", score.flagged},
                         {"both", score.both},
                         {"precision", number(score.precision())},
                         {"recall", number(score.recall())}});
    return found;
}

}  // namespace

std::string to_json(const Inspection& inspection) {
    const store::Series& series = inspection.series;
    Json json{{"file", inspection.file},
              {"first", to_string(series.first)},
              {"last", to_string(series.first + std::chrono::hours{series.hours - 1})},
              {"hours", series.hours},
              {"source", series.provenance.source},
              {"source_url", series.provenance.source_url},
              {"retrieved_at", series.provenance.retrieved_at},
              {"flag_names", series.flag_names},
              {"variables", variables_of(inspection)},
              {"misalignments", misalignments_of(inspection)}};
    if (!inspection.labels.empty()) json["labels"] = labels_of(inspection);
    return json.dump(2) + "\n";
}

}  // namespace gridring::app
