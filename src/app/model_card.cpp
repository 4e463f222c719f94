// SPDX-License-Identifier: MIT
#include "app/model_card.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "gridring/core/atomic_file.hpp"

namespace gridring::app {
namespace {

using Json = nlohmann::json;

/// null where there is no such file.
Json read_json(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return nullptr;
    return Json::parse(read_file(file), nullptr, false);
}

std::string text_of(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? "unknown"
           : found->is_string()                      ? found->get<std::string>()
                                                     : found->dump();
}

std::string percent(const Json& region, const char* key) {
    const auto found = region.find(key);
    return found != region.end() && found->is_number() ? fmt::format("{:.2f}", found->get<double>()) : "";
}

std::string inputs_of(const Settings& s) {
    std::string text = fmt::format(
        "It sees demand up to the origin relative to its own past ({}, at most {} hours back), and the calendar of the "
        "hours ahead (holidays are those of the United States).",
        series::name_of(s.train.features.units), s.train.features.look_back);
    if (s.tells_regions_apart)
        text += " It knows the regions that it was trained on by their codes, and takes others as any region.";
    const auto& ahead = s.covariates.known_ahead;
    const auto& past = s.covariates.known_to_origin;
    if (!past.empty()) text += fmt::format(" Up to the origin: {}.", fmt::join(past, ", "));
    for (const auto& [name, issued] : s.covariates.known_day_ahead)
        text += fmt::format(" Of a local day from {:02}:00 of the day before on: {}.", issued, name);
    if (ahead.empty())
        return s.covariates.known_day_ahead.empty() ? text + " Nothing later than the origin enters." : text;
    return text +
           fmt::format(" Of the hours ahead as well: {}. A forecast is as good as these are known at its origin.",
                       fmt::join(ahead, ", "));
}

std::string model_section(const Settings& s, const Json& training) {
    const auto& m = s.model;
    const bool has_ridge = s.train.baseline.kind == train::BaselineOptions::Kind::ridge;
    return fmt::format(
        "A causal transformer over hours, with exact ring attention: {} parameters, {} layers of width {}, {} heads "
        "({} of "
        "keys and values), feed-forward {}, {} forecast {} of {} layers of {}. From the hours up to an origin it says "
        "the quantiles {} of each of the {} hours after it; they cannot cross. It corrects {}, and was trained by {} "
        "loss.\n\n{}\n",
        text_of(training, "parameters"), m.layers, m.width, m.heads, m.kv_heads, m.feed_forward, m.head_ends.size() + 1,
        m.head_ends.empty() ? "head" : "heads", m.head_layers, m.head_width, fmt::join(m.quantiles, ", "), m.horizon,
        has_ridge ? fmt::format("a ridge over the last {} hours", s.train.baseline.hours)
                  : "the same hour of the week before",
        m.objective == model::Objective::squared ? "squared" : "pinball", inputs_of(s));
}

std::string data_section(const Settings& s, const Json& training) {
    const auto regions = training.value("regions", std::vector<std::string>());
    return fmt::format(
        "{}: {}.\n\n| | hours (UTC, hour ending) |\n|---|---|\n| learnt from | {} to {} |\n| validated on | up to {} "
        "|\n| held back | up to {} |\n{}",
        text_of(training, "source"), fmt::join(regions, " "), text_of(training, "train_from"),
        text_of(training, "train_to"), text_of(training, "validation_to"), text_of(training, "test_to"),
        s.screening == series::Screening::none ? "" : "\nHours that the screening flags are not learnt from.\n");
}

std::string making_section(const Settings& s, const Json& run, const Json& training) {
    const auto& steps = training.value("validation_step", Json::array());
    const auto& losses = training.value("validation_loss", Json::array());
    const Json best = training.value("best_step", Json());
    const bool keeps_best = s.train.keep == train::Keep::best && best.is_number();
    std::string kept = keeps_best ? fmt::format("; the weights of step {:.0f} are kept", best.get<double>()) : "";
    for (std::size_t i = 0; keeps_best && i < steps.size() && i < losses.size(); ++i)
        if (steps[i] == best && losses[i].is_number())
            kept += fmt::format(", of the lowest validation loss, {:.4f}", losses[i].get<double>());
    const Json seconds = training.value("seconds", Json());
    return fmt::format(
        "`{}`\n\ngridring {}, commit {}, seed {}, ranks: {}; {} steps of {} sequences of {} hours, {} s{}. "
        "All settings are in `config.yaml`.\n",
        text_of(run, "command"), text_of(run, "version"), text_of(run, "git_commit"), text_of(run, "seed"),
        text_of(run, "ranks"), text_of(training, "steps_done"), text_of(training, "batch"),
        text_of(training, "sequence_hours"),
        seconds.is_number() ? fmt::format("{:.0f}", seconds.get<double>()) : "unknown", kept);
}

std::string calibrated_text(const std::string& on) {
    return on == "online" ? "; bands calibrated online" : fmt::format("; bands calibrated on {}", on);
}

std::string scores_section(const Json& scores, const Json& training) {
    if (!scores.is_object()) return "Not scored yet: `gridring evaluate` does, and writes this card again.\n";
    const std::string from = text_of(scores, "test_from"), seen = text_of(training, "validation_to");
    const Json contest = scores.value("contest", Json());
    const std::string judged =
        contest.is_object() ? text_of(contest, "from") : from;  // of day-ahead leads not the first
    std::string text;
    if (judged <= seen.substr(0, judged.size()))
        text += fmt::format(
            "**Hours up to {} were learnt from or validated on: what follows is no forecast there.**\n\n", seen);
    text += fmt::format("An origin a day, hours {} to {} (UTC), 1 to {} hours ahead, the same hours in all columns",
                        from, text_of(scores, "test_to"), text_of(scores, "horizon"));
    if (contest.is_object() && contest.value("calibrated_on", Json()).is_string())
        text += calibrated_text(contest["calibrated_on"].get<std::string>());
    text +=
        ":\n\n| region | hours | MAPE % | same hour a week before | a day before | 90 % band holds % |\n"
        "|---|---|---|---|---|---|\n";
    for (const Json& region : scores.value("regions", Json::array()))
        text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", text_of(region, "code"), text_of(region, "n"),
                            percent(region, "mape"), percent(region, "mape_naive168"), percent(region, "mape_naive24"),
                            percent(region, "coverage"));
    return text;
}

constexpr auto limits =
    "What is not named above it does not know: weather, plans of operators. It is least good on days unlike all that "
    "it has "
    "seen (storms, outages, new holidays). Bands are as wide as errors were on hours like those learnt from: check "
    "their "
    "coverage on your series, and `--calibrate` them. A forecast is no reason alone to switch a grid. The sources hold "
    "sums of "
    "whole regions and no personal data; meter data of persons are yours to protect.\n";

}  // namespace

void write_model_card(const Settings& settings, bool is_scored) {
    const Json run = read_json(settings.folder / "run.json"), training = read_json(settings.folder / "training.json");
    if (!run.is_object() || !training.is_object()) return;
    write_file_atomically(
        settings.folder / "model_card.md",
        fmt::format(
            "# Model card: {}\n\n{}\n## Data\n\n{}\n## How it was made\n\n{}\n## How good it is\n\n{}\n## Limits\n\n{}",
            settings.folder.filename().string(), model_section(settings, training), data_section(settings, training),
            making_section(settings, run, training),
            scores_section(is_scored ? read_json(settings.folder / "scores.json") : Json(), training), limits));
}

}  // namespace gridring::app
