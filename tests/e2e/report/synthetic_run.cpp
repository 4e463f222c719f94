// SPDX-License-Identifier: MIT
#include "synthetic_run.hpp"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <numbers>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/calendar.hpp"
#include "gridring/core/random.hpp"
#include "gridring/store/results_file.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::test {
namespace {

using nlohmann::json;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
const std::vector<store::SeriesRegion> regions{{"PACW", "PacifiCorp West", "America/Los_Angeles"},
                                               {"ERCO", "Nord </script><b>\"x\"", "America/Chicago"},
                                               {"MISO", "Midcontinent ISO", "America/New_York"}};
const std::vector<double> level_mw{2'500, 45'000, 75'000};
const std::vector<double> quantiles{.05, .25, .5, .75, .95};
const Hour first_hour = from_epoch_hours(464'000);
constexpr std::int64_t hours = 150 * 24, first_test_day = 75, test_days = 70;

double demand_mw(std::size_t region, Hour hour) {
    const LocalTime local = LocalClock(regions[region].time_zone).at(hour);
    const double day = std::sin(2 * std::numbers::pi * (local.hour - 9) / 24), week = local.weekday >= 5 ? -.08 : .02;
    Random noise(mix_seed(7, region, static_cast<std::uint64_t>(epoch_hours(hour))));
    return level_mw[region] * (1 + .16 * day + week + .015 * noise.normal());
}

store::Series make_series() {
    store::Series series;
    series.first = first_hour, series.hours = hours, series.regions = regions;
    series.flag_names = {"missing", "not_positive", "out_of_range", "spike", "repeated", "conflicting"};
    store::SeriesVariable demand{"demand", "D", "demand", "MW", {}, {}, {}};
    for (std::size_t region = 0; region < regions.size(); ++region)
        for (std::int64_t h = 0; h < hours; ++h) {
            const bool is_gap = h % 311 < 3, is_spike = h % 499 == 17, is_repeated = region == 1 && h / 6 == 97;
            demand.values.push_back(
                is_gap ? nan : demand_mw(region, first_hour + std::chrono::hours{h}) * (is_spike ? 2.5 : 1));
            demand.flags.push_back(static_cast<std::uint16_t>(is_gap * 1 + is_spike * 12 + is_repeated * 16));
        }
    series.variables.push_back(std::move(demand));
    return series;
}

/// One forecast of `horizon` hours after `origin`; every ninth actual is unknown where `is_known`, all where not.
void append_forecast(store::Results& results, std::size_t region, Hour origin, bool is_known) {
    for (std::int64_t lead = 1; lead <= results.horizon; ++lead) {
        const double truth = demand_mw(region, origin + std::chrono::hours{lead});
        Random error(mix_seed(11, region, static_cast<std::uint64_t>(epoch_hours(origin) + lead)));
        const double width = .012 + .001 * static_cast<double>(lead),
                     median = truth * (1 + .6 * width * error.normal());
        for (const double q : quantiles)
            results.forecast.push_back(static_cast<float>(median + truth * width * 2.2 * (q - .5)));
        results.actual.push_back(static_cast<float>(is_known && lead % 9 != 0 ? truth : nan));
    }
}

store::Results make_results(std::int64_t first_day, std::int64_t days, bool is_known) {
    store::Results results;
    results.quantiles = quantiles;
    for (std::size_t region = 0; region < regions.size(); ++region) {
        results.regions.push_back(regions[region].code);
        const LocalClock clock(regions[region].time_zone);
        std::vector<Hour> origins;
        for (std::int64_t day = first_day; day < first_day + days; ++day) {
            const LocalTime noon = clock.at(first_hour + std::chrono::hours{24 * day});
            origins.push_back(clock.instant(date_of(noon), 0));
            append_forecast(results, region, origins.back(), is_known);
        }
        results.origins.push_back(std::move(origins));
    }
    return results;
}

json score(const store::SeriesRegion& region, double mape) {
    json entry{{"code", region.code},
               {"name", region.name},
               {"time_zone", region.time_zone},
               {"n", 1491},
               {"mape", mape},
               {"mape_naive24", mape * 2},
               {"mape_naive168", mape * 2.5},
               {"mae_mw", 812.3456789},
               {"rmse_mw", 1102.7},
               {"mape_operator", region.code == "MISO" ? json(mape * .9) : json(nullptr)},
               {"n_operator", 1400},
               {"coverage", 87.3},
               {"band", {.05, .95}}};
    for (int hour = 0; hour < 24; ++hour)
        entry["by_hour"].push_back({{"hour", hour},
                                    {"n", 62},
                                    {"mape", mape * (1 + .3 * std::sin(hour / 4.))},
                                    {"mape_naive24", mape * 2},
                                    {"mape_naive168", hour == 3 ? json(nullptr) : json(mape * 2.5)}});
    for (int lead = 1; lead <= 24; ++lead)
        entry["by_lead"].push_back(
            {{"lead", lead}, {"n", 62}, {"mape", mape * (.5 + lead / 24.)}, {"coverage", 92 - lead * .4}});
    return entry;
}

/// Three forecasts of a region, errors by when, and bands before and after calibration; no hour in June.
json contest_region(const std::string& code, double mape) {
    json region{{"region", code}, {"dm_p", {{nullptr, .5, .001}, {.5, nullptr, .2}, {.001, .2, nullptr}}}};
    const json bands{{{"level", 50.}, {"coverage", 47.}, {"width_percent", 3.}},
                     {{"level", 90.}, {"coverage", 88.}, {"width_percent", 9.}}};
    for (const char* key : {"quantiles", "quantiles_uncalibrated"}) region[key] = {{"wql", .021}, {"bands", bands}};
    for (const double factor : {1., 1.02, 1.8}) region["entries"].push_back({{"n", 600}, {"mape", mape * factor}});
    const std::pair<const char*, int> kinds[] = {{"by_hour", 24}, {"by_weekday", 7}, {"by_month", 12}};
    for (const auto& [kind, keys] : kinds)
        for (const double factor : {1., 1.02, 1.8}) {
            json errors = json::array();
            for (int key = 0; key < keys; ++key)
                errors.push_back(keys == 12 && key == 5 ? json(nullptr) : json(mape * factor * (1 + .02 * key)));
            region[kind]["mape"].push_back(std::move(errors));
        }
    return region;
}

json make_contest() {
    json contest{{"entries", {"model", "boosting", "naive-168h"}},
                 {"from", "2023-02-20"},
                 {"to", "2023-04-30"},
                 {"origins", "midnight-local"},
                 {"calibrated_on", "2023-01-01..2023-02-19"}};
    for (const int last : {24, 168}) {
        json range{{"leads", {1, last}}};
        for (const auto& region : regions) range["regions"].push_back(contest_region(region.code, 1 + last / 50.));
        range["regions"].push_back(contest_region("mean", 1 + last / 50.));
        contest["ranges"].push_back(std::move(range));
    }
    return contest;
}

json make_training() {
    json training{{"steps", 900},
                  {"first_step", 0},
                  {"parameters", 184'322},
                  {"seconds", 171.3},
                  {"tokens_per_second", 21'433.2},
                  {"train_from", "2022-12-07T08"},
                  {"train_to", "2023-02-01T00"},
                  {"validation_to", "2023-02-20T00"},
                  {"test_to", "2023-05-06T00"},
                  {"sequence_hours", 1344},
                  {"batch", 4},
                  {"ranks", 3}};
    Random noise(3);
    for (int step = 0; step < 900; ++step) {
        training["training_loss"].push_back(.05 + .6 * std::exp(-step / 90.) + .006 * noise.normal());
        training["gradient_norm"].push_back(.3 + std::exp(-step / 60.) + .1 * noise.uniform());
        if (step % 50 != 49) continue;
        training["validation_step"].push_back(step + 1);
        training["validation_loss"].push_back(.06 + .6 * std::exp(-step / 90.));
    }
    json& ring = training["ring"] = {{"forward_calls", 3600},
                                     {"backward_calls", 3600},
                                     {"partition", "zigzag"},
                                     {"exchange", "sendrecv"},
                                     {"backend", "eigen"}};
    for (int hop = 0; hop < 3; ++hop) {
        const double sent = hop < 2 ? 3600. * 688'128 : 0;
        ring["forward"].push_back({{"compute_seconds", 11.2 - hop},
                                   {"exposed_seconds", hop < 2 ? .8 : 0.},
                                   {"transfer_seconds", hop < 2 ? 4.1 : 0.},
                                   {"bytes_sent", sent},
                                   {"messages_sent", hop < 2 ? 3600 : 0}});
        ring["backward"].push_back({{"compute_seconds", 25.4 - hop},
                                    {"exposed_seconds", 1.9},
                                    {"transfer_seconds", 7.5},
                                    {"bytes_sent", sent * 2 + 1e9},
                                    {"messages_sent", 7200}});
    }
    return training;
}

json make_extraction() {
    json extraction{{"from", "2022-12-07T08"}, {"to", "2023-05-06T07"},
                    {"requests", 9},           {"retries", 1},
                    {"records", 21'590},       {"gap_hours", 108},
                    {"gap_runs", 36},          {"bytes_on_wire", 481'230},
                    {"seconds", 1.93},         {"records_per_second", 11'186},
                    {"api_version", "2.1.8"},  {"base_url", "http://127.0.0.1:41234/v2"},
                    {"series", "series.h5"},   {"raw_folder", "raw"}};
    for (const auto& region : regions)
        extraction["regions"].push_back({{"code", region.code},
                                         {"name", region.name},
                                         {"type", "D"},
                                         {"rows", 3564},
                                         {"gap_hours", 36},
                                         {"longest_gap_hours", 3},
                                         {"conflicts", 0}});
    return extraction;
}

json make_rank(int rank) {
    const double slow = 1 + .1 * rank;
    const json hops{{.02 * slow, 0, 4096}, {.02 * slow, .01 / slow, 4096}, {.02 * slow, .01 / slow, 0}};
    return {{"rank", rank},    {"ranks", 3},       {"host", "node01"},    {"steps", 4},
            {"forward", hops}, {"backward", hops}, {"step_seconds", .25}, {"peak_memory_bytes", 1'000'000}};
}

}  // namespace

void write_synthetic_run(const std::filesystem::path& folder) {
    std::filesystem::create_directories(folder);
    const auto write = [&](const char* name, const std::string& text) { write_file_atomically(folder / name, text); };
    json scores{{"horizon", 24}, {"origins", test_days}, {"test_from", "2023-02-20T00"}, {"test_to", "2023-05-01T00"}};
    for (std::size_t region = 0; region < regions.size(); ++region)
        scores["regions"].push_back(score(regions[region], 2. + static_cast<double>(region)));
    scores["contest"] = make_contest();
    write("scores.json", scores.dump());
    write("training.json", make_training().dump());
    write("extraction.json", make_extraction().dump());
    std::filesystem::create_directories(folder / "ranks");
    for (int rank = 0; rank < 3; ++rank)
        write(("ranks/" + std::to_string(rank) + ".json").c_str(), make_rank(rank).dump());
    write("run.json", json{{"command", "gridring run demo.yaml --set source.api_key=hunter2"},
                           {"git_commit", "dc8d4e6f0a1b"},
                           {"version", "0.1.0"},
                           {"started_at", "2026-01-02T03:04:05Z"},
                           {"finished_at", "2026-01-02T03:08:11Z"},
                           {"seed", 1},
                           {"ranks", 3},
                           {"threads", 1},
                           {"host", "node01"}}
                          .dump());
    write("config.yaml",
          "source:\n  kind: emulator\n  api_key: hunter2\nmodel:\n  width: 64  # </script> ends nothing\n");
    store::write_series(folder / "series.h5", make_series());
    store::write_results(folder / "results.h5", make_results(first_test_day, test_days, true));
    store::write_results(folder / "forecast.h5", make_results(hours / 24, 1, false));
}

}  // namespace gridring::test
