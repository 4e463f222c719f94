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

std::string model_section(const Settings& s, const Json& training) {
    const auto& m = s.model;
    return fmt::format(
        "A causal transformer over hours of electricity demand, with exact ring attention: {} parameters, {} layers of "
        "width {}, {} heads ({} of keys and values), feed-forward {}, forecast head of {} layers of {}. From the hours "
        "up "
        "to an origin it says the quantiles {} of each of the {} hours after it; they cannot cross. Any position of a "
        "sequence can be an origin.\n\n"
        "It sees demand up to the origin relative to its own past ({}, at most {} hours back), and the calendar of the "
        "hours "
        "ahead (holidays are those of the United States). Nothing later than the origin enters.\n",
        text_of(training, "parameters"), m.layers, m.width, m.heads, m.kv_heads, m.feed_forward, m.head_layers,
        m.head_width, fmt::join(m.quantiles, ", "), m.horizon, series::name_of(s.train.features.units),
        s.train.features.look_back);
}

std::string data_section(const Settings& s, const Json& training) {
    return fmt::format(
        "{}.\n\n| | hours (UTC, hour ending) |\n|---|---|\n| learnt from | {} to {} |\n| validated on | up to {} |\n| "
        "held back "
        "| up to {} |\n\nHours that the screening flags are neither learnt from nor scored.\n",
        describe_request(s), text_of(training, "train_from"), text_of(training, "train_to"),
        text_of(training, "validation_to"), text_of(training, "test_to"));
}

std::string making_section(const Json& run, const Json& training) {
    std::string losses;
    const auto& validation = training.value("validation_loss", Json::array());
    if (!validation.empty() && validation.back().is_number())
        losses = fmt::format("; validation loss {:.4f} at the end", validation.back().get<double>());
    return fmt::format(
        "`{}`\n\ngridring {}, commit {}, seed {}, {} ranks; {} steps of {} sequences of {} hours, {} s{}. "
        "All settings are in `config.yaml`.\n",
        text_of(run, "command"), text_of(run, "version"), text_of(run, "git_commit"), text_of(run, "seed"),
        text_of(run, "ranks"), text_of(training, "steps_done"), text_of(training, "batch"),
        text_of(training, "sequence_hours"),
        training.contains("seconds") && training["seconds"].is_number()
            ? fmt::format("{:.0f}", training["seconds"].get<double>())
            : "unknown",
        losses);
}

std::string scores_section(const Json& scores) {
    if (!scores.is_object()) return "Not scored yet: `gridring evaluate` does, and writes this card again.\n";
    std::string text = fmt::format(
        "Origins every day, {} to {} (UTC), 1 to {} hours ahead, same hours in all columns:\n\n"
        "| region | hours | MAPE % | same hour a week before | a day before | 90 % band holds % "
        "|\n|---|---|---|---|---|---|\n",
        text_of(scores, "test_from"), text_of(scores, "test_to"), text_of(scores, "horizon"));
    for (const Json& region : scores.value("regions", Json::array()))
        text += fmt::format("| {} | {} | {} | {} | {} | {} |\n", text_of(region, "code"), text_of(region, "n"),
                            percent(region, "mape"), percent(region, "mape_naive168"), percent(region, "mape_naive24"),
                            percent(region, "coverage"));
    return text;
}

constexpr auto limits =
    "It does not know the weather to come, nor what operators plan; it is least good on days unlike all that it has "
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
            making_section(run, training),
            scores_section(is_scored ? read_json(settings.folder / "scores.json") : Json()), limits));
}

}  // namespace gridring::app
