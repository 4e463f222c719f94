// SPDX-License-Identifier: MIT
#include "app/settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>

#include "gridring/core/error.hpp"
#include "gridring/source/caiso.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::app {
namespace {

using config::above;
using config::at_least;
using config::between;
using config::Binder;

std::string name_of(SourceKind kind) {
    switch (kind) {
        case SourceKind::eia:
            return "eia";
        case SourceKind::emulator:
            return "emulator";
        case SourceKind::caiso:
            return "caiso";
        default:
            return "auto";
    }
}

SourceKind parse_source(const std::string& text) {
    for (const auto kind : {SourceKind::automatic, SourceKind::eia, SourceKind::emulator, SourceKind::caiso})
        if (name_of(kind) == text) return kind;
    throw ConfigError("expected auto, eia, emulator or caiso, found '" + text + "'");
}

Hour parse_key_hour(const std::string& text) {
    if (const auto hour = parse_full_hour(text)) return *hour;
    throw ConfigError("expected an hour such as 2024-01-01T05 (UTC, hour ending), found '" + text + "'");
}

constexpr Hour not_given = Hour::min();

void describe_hour(Binder& binder, std::string_view name, Hour& hour, std::string_view help) {
    binder.text_key(
        name, help, [&](const std::string& text) { hour = parse_key_hour(text); }, [&] { return to_string(hour); });
}

void describe_optional_hour(Binder& binder, std::string_view name, std::string& text, std::string_view help) {
    binder.text_key(
        name, help, [&](const std::string& given) { parse_key_hour(given), text = given; }, [&] { return text; });
}

void describe_path(Binder& binder, std::string_view name, std::filesystem::path& path, std::string_view help) {
    std::string text = path.string();
    binder.key(name, text, help);
    path = text;
}

void describe_caiso(Binder& binder, Settings& s) {
    binder.key("base_url", s.caiso.base_url, "any server that speaks OASIS, http or https");
    binder.key(
        "reports", s.caiso.reports,
        "PRC_LMP/DAM, PRC_INTVL_LMP/RTM, SLD_FCST/ACTUAL|DAM|2DA|7DA, SLD_REN_FCST/ACTUAL|DAM, ENE_SLRS/DAM|RTM; "
        "a queryname alone means all its market runs");
    binder.key("nodes", s.caiso.nodes, "of the PRC_ reports: hubs, aggregates, nodes");
    binder.key("zones", s.caiso.zones, "of the other reports, such as [CA ISO-TAC]; empty = all that the replies name");
    describe_path(binder, "ca_file", s.caiso.ca_file, "PEM certificates trusted beside the system's");
    binder.key("seconds_between_requests", s.caiso.seconds_between_requests, "OASIS allows one request in 5 s",
               between(0.001, 3600));
    if (s.caiso.base_url.find_first_of("?#") != std::string::npos)
        binder.problem("/source/caiso/base_url", "expected an address without a query");
    try {
        source::require_oasis_reports(s.caiso.reports);
    } catch (const ConfigError& problem) {
        binder.problem("/source/caiso/reports", problem.what());
    }
}

void describe_publication(Binder& binder, source::Publication& publication) {
    std::string from = publication.from ? to_string(*publication.from) : "";
    describe_optional_hour(binder, "clock_from", from, "last hour published when the clock starts; empty = all are");
    publication.from = from.empty() ? std::nullopt : std::optional(parse_key_hour(from));
    binder.key("clock_hours_per_second", publication.hours_per_second, "pace of that clock", above(0));
    binder.key("clock_started_at", publication.started_at, "seconds since 1970; 0 = with the program",
               between(0, 1e12));
    binder.key("preliminary_hours", publication.preliminary_hours,
               "so old a value is final; before, one in four is up to 5 % off", between(0, 1e6));
}

void describe_source(Binder& binder, Settings& s) {
    binder.text_key(
        "kind", "auto: eia when EIA_API_KEY is set, else the emulator; or eia, emulator, caiso",
        [&](const std::string& t) { s.source = parse_source(t); }, [&] { return name_of(s.source); });
    binder.section("eia", [&] {
        binder.key("base_url", s.extract.base_url, "any server that speaks EIA v2, http or https");
        describe_path(binder, "key_file", s.key_file, "holds the API key, mode 600; EIA_API_KEY wins");
        describe_path(binder, "ca_file", s.extract.ca_file, "PEM certificates trusted beside the system's");
    });
    binder.section("caiso", [&] { describe_caiso(binder, s); });
    binder.section("emulator", [&] {
        describe_path(binder, "data", s.emulator.data,
                      "folder of <RESPONDENT>.csv[.gz]; empty = the built-in synthetic grid");
        binder.key("seed", s.emulator.seed, "of the synthetic grid");
        describe_publication(binder, s.emulator.publication);
    });
}

void describe_extract(Binder& binder, Settings& s) {
    binder.key("regions", s.extract.regions, "balancing authorities or EIA regions");
    binder.key("datasets", s.extract.datasets,
               "of EIA: region-data, fuel-type-data, interchange-data, region-sub-ba-data");
    binder.key("types", s.extract.types,
               "of region-data: D demand, DF day-ahead forecast, NG net generation, TI total interchange");
    describe_hour(binder, "from", s.extract.from, "first hour, UTC, hour ending");
    describe_hour(binder, "to", s.extract.to,
                  "last hour, inclusive; --update, --follow and live have one of their own");
    binder.key("connections", s.extract.connections, "requests in flight", between(1, 64));
    binder.key("requests_per_second", s.extract.requests_per_second, "EIA allows 5; loopback is not limited", above(0));
    binder.key("burst", s.extract.burst, "requests that may go at once", between(1, 100));
    binder.key("requests_per_hour", s.extract.requests_per_hour, "in any 60 minutes; EIA suspends keys above 9,000",
               between(1, 1e9));
    binder.key("attempts", s.extract.attempts, "tries a request before giving up", between(1, 100));
    std::int64_t follow_seconds = s.follow_every.count();
    binder.key("follow_seconds", follow_seconds, "between the updates of extract --follow", between(1, 1e6));
    s.follow_every = std::chrono::seconds{follow_seconds};
    binder.key("page_rows", s.extract.page_rows, "rows a request asks for", between(1, source::eia_page_rows));
    binder.text_key(
        "clean",
        "variables <name>_clean beside those as received: none, drop (flagged hours missing) or fill (from the past)",
        [&](const std::string& t) { s.extract.clean = series::parse_cleaning(t); },
        [&] { return series::name_of(s.extract.clean); });
}

void describe_model(Binder& binder, model::Options& m) {
    binder.key("layers", m.layers, "transformer blocks", between(1, 1000));
    binder.key("width", m.width, "C; a multiple of heads", at_least(2));
    binder.key("heads", m.heads, "attention heads", at_least(1));
    binder.key("kv_heads", m.kv_heads, "key/value heads; divides heads", at_least(1));
    binder.key("feed_forward", m.feed_forward, "hidden width of the feed-forward", at_least(1));
    binder.key("head_width", m.head_width, "hidden width of the forecast head", at_least(1));
    binder.key("head_layers", m.head_layers, "hidden layers of the forecast head", between(1, 100));
    binder.key("head_ends", m.head_ends, "last leads of forecast heads of their own; [] = one head for all");
    binder.key("horizon", m.horizon, "the furthest lead that is learnt, hours", between(1, 8736));
    binder.key("quantiles", m.quantiles, "increasing, with 0.5");
    binder.key("dropout", m.dropout, "of embedded hours and of the head's last hidden values", between(0, 0.89));
    binder.key("rope_base", m.rope_base, "rotary position base", above(1));
    if (m.heads > 0 && m.width % m.heads != 0)
        binder.problem("/model/heads", fmt::format("{} does not divide width {}", m.heads, m.width));
    else if (m.heads > 0 && m.width / m.heads % 2 != 0)
        binder.problem("/model/heads",
                       fmt::format("width / heads = {} must be even for rotary positions", m.width / m.heads));
    if (m.kv_heads > 0 && m.heads % m.kv_heads != 0)
        binder.problem("/model/kv_heads", fmt::format("{} does not divide heads {}", m.kv_heads, m.heads));
    if (!std::ranges::is_sorted(m.head_ends, std::ranges::less_equal()) ||
        (!m.head_ends.empty() && (m.head_ends.front() < 1 || m.head_ends.back() >= m.horizon)))
        binder.problem("/model/head_ends",
                       fmt::format("expected increasing leads from 1 to below the horizon {}, found [{}]", m.horizon,
                                   fmt::join(m.head_ends, ", ")));
    const bool is_increasing = std::ranges::adjacent_find(m.quantiles, std::greater_equal<>{}) == m.quantiles.end();
    const bool is_inside = !m.quantiles.empty() && m.quantiles.front() > 0 && m.quantiles.back() < 1;
    if (!is_increasing || !is_inside || std::ranges::find(m.quantiles, 0.5) == m.quantiles.end())
        binder.problem("/model/quantiles",
                       fmt::format("expected increasing levels between 0 and 1 with 0.5 among them, found [{}]",
                                   fmt::join(m.quantiles, ", ")));
}

void describe_train(Binder& binder, train::Options& t) {
    binder.key("steps", t.steps, "optimiser steps", at_least(0));
    binder.key("batch", t.batch, "sequences a step, over all ranks", at_least(1));
    binder.key("data_ranks", t.data_ranks,
               "groups of ranks with sequences of their own; divides ranks and batch; 0 = the most that does",
               at_least(0));
    binder.key("sequence_hours", t.sequence_hours, "T of a training sequence", at_least(1));
    binder.key("anonymous", t.anonymous,
               "share of sequences that do not tell their region, where series.tell_apart does", between(0, 1));
    binder.key("origin_every", t.origin_every, "hours between the rows of a sequence that forecast", at_least(1));
    binder.key("origin_hours", t.origin_hours, "hours of the local day, 0 to 23, at which rows forecast as well");
    binder.key("leads", t.leads, "leads that a row forecasts in a step, drawn from the horizon", at_least(1));
    binder.key("near", t.near, "half of the leads that are drawn are of the first hours up to this", at_least(1));
    binder.key("later_weight", t.later_weight, "what leads behind those count in the loss", between(0, 1));
    binder.text_key(
        "units", "what values are told in: ratio (above 0) or deviation",
        [&](const std::string& x) { t.features.units = series::parse_units(x); },
        [&] { return series::name_of(t.features.units); });
    binder.key("look_back", t.features.look_back, "hours before an origin that may enter its inputs", at_least(168));
    binder.key("token_look_back", t.features.token_look_back,
               "the same of an hour of the context, which an origin attends to; 0 = look_back", at_least(0));
    binder.text_key(
        "calendar", "full, or hour: of the calendar the hour of day alone, for series of about a year",
        [&](const std::string& x) { t.features.calendar = train::parse_calendar_inputs(x); },
        [&] { return std::string(train::to_string(t.features.calendar)); });
    binder.key("validate_every", t.validate_every, "steps; 0 = never", at_least(0));
    binder.key("validation_sequences", t.validation_sequences, "fixed sequences of the validation loss", at_least(1));
    binder.key("patience", t.patience, "validations without a lower loss that end the training; 0 = never",
               at_least(0));
    binder.text_key(
        "keep", "the weights to forecast with: best (of the validations, where there are such) or last",
        [&](const std::string& x) { t.keep = train::parse_keep(x); },
        [&] { return std::string(train::to_string(t.keep)); });
    binder.key("checkpoint_every", t.checkpoint_every, "steps; 0 = only at the end", at_least(0));
    binder.key("older_checkpoints", t.older_checkpoints, "that stay beside the newest, for the day it is damaged",
               between(0, 1000));
    binder.key("learning_rate", t.optimizer.learning_rate, "peak of AdamW", above(0));
    binder.key("final_fraction", t.optimizer.final_fraction, "the cosine ends at learning_rate times this",
               between(0, 1));
    binder.key("warmup_steps", t.optimizer.warmup_steps, "linear warm-up", at_least(0));
    binder.key("beta1", t.optimizer.beta1, "AdamW", between(0, 0.999999));
    binder.key("beta2", t.optimizer.beta2, "AdamW", between(0, 0.999999));
    binder.key("weight_decay", t.optimizer.weight_decay, "decoupled, on matrices", at_least(0));
    binder.key("clip_norm", t.optimizer.clip_norm, "global gradient norm; 0 = none", at_least(0));
    binder.key("average_decay", t.optimizer.average_decay,
               "of the moving average of the weights, which is then validated and kept; 0 = none",
               between(0, 0.999999));
    if (std::ranges::any_of(t.origin_hours, [](std::int64_t hour) { return hour < 0 || hour > 23; }))
        binder.problem("/train/origin_hours",
                       fmt::format("expected hours from 0 to 23, found [{}]", fmt::join(t.origin_hours, ", ")));
    if (t.patience > 0 && t.validate_every == 0)
        binder.problem("/train/patience", fmt::format("{} needs validations, found validate_every 0", t.patience));
}

void describe_objective(Binder& binder, model::Options& m) {
    binder.text_key(
        "loss", "quantile, or squared: the median becomes a mean, errors count in deviations of the region",
        [&](const std::string& x) {
            if (x != "quantile" && x != "squared") throw ConfigError("expected quantile or squared, found '" + x + "'");
            m.objective = x == "squared" ? model::Objective::squared : model::Objective::quantile;
        },
        [&] { return m.objective == model::Objective::squared ? "squared" : "quantile"; });
}

void describe_baseline(Binder& binder, train::Options& t) {
    binder.text_key(
        "kind",
        "what the network corrects: week (the same hour of the last) or ridge (linear, from the training hours)",
        [&](const std::string& x) { t.baseline.kind = train::parse_baseline(x); },
        [&] { return std::string(train::to_string(t.baseline.kind)); });
    binder.key("hours", t.baseline.hours, "that the ridge sees before an origin", between(2, 8760));
    binder.key("penalty", t.baseline.penalty, "of the ridge, in mean squares of its inputs; 0 = by cross-validation",
               at_least(0));
    binder.key("own", t.baseline.own, "weight of a region's own hours against those of all; 0 = one map for all",
               at_least(0));
    if (t.baseline.kind == train::BaselineOptions::Kind::ridge && t.baseline.hours > t.features.look_back)
        binder.problem("/train/baseline/hours",
                       fmt::format("{} are more than look_back allows, {}", t.baseline.hours, t.features.look_back));
}

void describe_ring(Binder& binder, train::Options& t) {
    binder.text_key(
        "partition", "contiguous, zigzag or striped",
        [&](const std::string& x) {
            t.partition = ring::parse_scheme(x);
            if (t.partition == ring::Scheme::weighted)
                throw ConfigError("weighted needs speeds, which a configuration cannot give yet");
        },
        [&] { return std::string(ring::to_string(t.partition)); });
    binder.text_key(
        "exchange", "sendrecv, nonblocking, shared or auto",
        [&](const std::string& x) { t.ring.exchange = comm::parse_exchange_method(x); },
        [&] { return std::string(comm::to_string(t.ring.exchange)); });
    binder.text_key(
        "backend", "simd, simd-bf16 or eigen",
        [&](const std::string& x) { t.ring.backend = &attention::find_backend(x); },
        [&] { return std::string(t.ring.backend->name); });
    binder.key("threads", t.ring.threads, "that compute, on each rank", between(1, 4096));
    binder.text_key(
        "wire", "how keys and values travel: fp32 or bf16",
        [&](const std::string& x) { t.ring.wire = ring::parse_wire(x); },
        [&] { return std::string(ring::to_string(t.ring.wire)); });
    binder.text_key(
        "rotate", "what travels in the backward pass: auto, kv or q",
        [&](const std::string& x) { t.ring.backward = ring::parse_backward_rotation(x); },
        [&] { return std::string(ring::to_string(t.ring.backward)); });
    double deadline = std::chrono::duration<double>(t.ring.deadline).count();
    binder.key("deadline_seconds", deadline, "that a hop may take before the job ends with exit code 5; 0 = for ever",
               between(0, 1e9));
    t.ring.deadline = std::chrono::milliseconds(std::llround(1000 * deadline));
}

void describe_day_ahead(Binder& binder, std::vector<std::pair<std::string, int>>& variables) {
    std::vector<std::pair<std::string, std::string>> texts;
    for (const auto& [name, issued] : variables) texts.emplace_back(name, std::to_string(issued));
    binder.map_key("known_day_ahead", texts,
                   "variable: local hour at which it is issued for the whole next day, such as demand_forecast: 9");
    variables.clear();
    for (const auto& [name, text] : texts) {
        int hour = -1;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), hour);
        if (error != std::errc() || *end != '\0' || hour < 0 || hour > 23)
            binder.problem("/series/known_day_ahead/" + name,
                           fmt::format("expected an hour from 0 to 23, found '{}'", text));
        variables.emplace_back(name, hour);
    }
}

void describe(Binder& binder, Settings& s) {
    binder.section("run", [&] {
        describe_path(binder, "folder", s.folder, "everything of this run goes here");
        binder.key("seed", s.seed, "of initialisation and batches");
        describe_path(binder, "encryption_key_file", s.encryption_key_file,
                      "key of `gridring key`, mode 600, that series, raw pages, checkpoints and results are encrypted "
                      "with; empty = none; GRIDRING_ENCRYPTION_KEY_FILE wins");
    });
    binder.section("source", [&] { describe_source(binder, s); });
    binder.section("extract", [&] { describe_extract(binder, s); });
    binder.section("series", [&] {
        binder.map_key("time_zones", s.time_zones, "region: IANA zone, over the built-in table");
        binder.key("known_ahead", s.covariates.known_ahead,
                   "variables of series.h5 whose values behind an origin a forecast may use: weather, holidays");
        describe_day_ahead(binder, s.covariates.known_day_ahead);
        binder.key("known_to_origin", s.covariates.known_to_origin, "variables that it may use up to the origin alone");
        binder.key("tell_apart", s.tells_regions_apart,
                   "learn what is particular to each region of the training, by its code; others are forecast as any");
        binder.text_key(
            "screening", "causal: doubtful hours do not count; none: all that have a value do",
            [&](const std::string& t) { s.screening = series::parse_screening(t); },
            [&] { return series::name_of(s.screening); });
    });
    binder.section("split", [&] {
        describe_optional_hour(binder, "train_to", s.train_to, "last hour to learn from; empty = 80 % of the span");
        describe_optional_hour(binder, "validation_to", s.validation_to,
                               "last validation hour; empty = 90 %; the rest is the test");
    });
    binder.section("model", [&] { describe_model(binder, s.model); });
    binder.section("train", [&] {
        describe_train(binder, s.train);
        describe_objective(binder, s.model);
        binder.section("baseline", [&] { describe_baseline(binder, s.train); });
    });
    binder.section("ring", [&] { describe_ring(binder, s.train); });
    binder.section("evaluate", [&] {
        binder.key("context_hours", s.evaluate.context_hours, "window that an origin looks back over", at_least(2));
        binder.key("least_context", s.evaluate.least_context, "hours of it that every origin sees; 0 = half",
                   at_least(0));
        binder.key("batch", s.evaluate.batch, "windows at a time", at_least(1));
        binder.key("rolling", s.evaluate.is_rolling, "forecast from one growing key/value cache a region, no windows");
        binder.key("calibrate_online", s.calibrates_online, "on a folder (--data), as --calibrate online does");
    });
    binder.section("live", [&] {
        describe_path(binder, "model", s.live_model, "run folder whose model `gridring live` forecasts with");
        binder.key("origins", s.live_origins, "latest hours whose forecasts stay in results.h5", between(1, 100'000));
    });
    binder.section("observe", [&] {
        binder.key("metrics_port", s.metrics.port,
                   "Prometheus finds metrics at http://address:port/metrics; 0 = nowhere", between(0, 65535));
        binder.key("metrics_address", s.metrics.address, "that it listens on; 0.0.0.0 = whoever reaches this machine");
        binder.key("metrics_of_all_ranks", s.metrics.of_all_ranks, "rank r at metrics_port + r, not rank 0 alone");
    });
    if (s.evaluate.least_context > s.evaluate.context_hours)
        binder.problem("/evaluate/least_context", fmt::format("expected at most context_hours ({}), found {}",
                                                              s.evaluate.context_hours, s.evaluate.least_context));
    if (s.extract.regions.empty()) binder.problem("/extract/regions", "expected at least one region, found none");
    if (s.extract.base_url.find_first_of("?#") != std::string::npos)  // it may hold the key: not quoted, not saved
        binder.problem("/source/eia/base_url", "expected an address without a query; the key goes into EIA_API_KEY");
    if (s.extract.to < s.extract.from && s.extract.to != not_given)
        binder.problem("/extract/to", fmt::format("expected an hour not before from ({}), found {}",
                                                  to_string(s.extract.from), to_string(s.extract.to)));
}

/// Defaults, then what `read` binds, then what follows from it.
template <class Read>
Settings settings_by(const Read& read) {
    Settings settings;
    settings.extract.regions = {"PACW", "CISO", "ERCO", "MISO"};
    settings.extract.from = *parse_hour("2024-01-01T00"), settings.extract.to = not_given;
    read([&](Binder& binder) { describe(binder, settings); });
    if (settings.extract.to == not_given) {
        const Hour end = *parse_hour("2024-12-31T23");
        settings.lacks_end = settings.extract.from > end;
        settings.extract.to = std::max(settings.extract.from, end);
    }
    settings.train.seed = settings.seed;
    settings.extract.folder = settings.folder;
    settings.evaluate.partition = settings.train.partition;
    settings.evaluate.ring = settings.train.ring;
    settings.evaluate.features = settings.train.features;
    return settings;
}

}  // namespace

Settings parse_settings(const std::string& text, const std::string& name, const std::vector<std::string>& overrides) {
    return settings_by([&](const config::Describe& describe) { config::read_text(text, name, overrides, describe); });
}

Settings read_settings(const std::string& file, const std::vector<std::string>& overrides) {
    return settings_by([&](const config::Describe& describe) { config::read(file, overrides, describe); });
}

std::string dump_settings(const Settings& settings) {
    Settings copy = settings;
    return config::dump([&](Binder& binder) { describe(binder, copy); });
}

std::string describe_request(const Settings& settings) {
    expects(settings.source != SourceKind::automatic, "a request names its source");
    const auto& x = settings.extract;
    const std::string cleaning = x.clean == series::Cleaning::none ? "" : ", clean " + series::name_of(x.clean);
    if (settings.source == SourceKind::caiso)
        return fmt::format("{}: {} of nodes [{}] and zones [{}], {} to {}{}", settings.caiso.base_url,
                           fmt::join(settings.caiso.reports, " "), fmt::join(settings.caiso.nodes, ", "),
                           fmt::join(settings.caiso.zones, ", "), to_string(x.from), to_string(x.to), cleaning);
    const std::string source = settings.source == SourceKind::eia ? x.base_url
                               : settings.emulator.data.empty()
                                   ? fmt::format("synthetic grid, seed {}", settings.emulator.seed)
                                   : "folder " + settings.emulator.data.string();
    const bool is_plain = x.datasets == extract::Options{}.datasets;
    return fmt::format("{}: {}{}{} of {}, {} to {}{}", source,
                       is_plain ? "" : fmt::format("{}", fmt::join(x.datasets, " ")), is_plain ? "" : ", ",
                       fmt::join(x.types, " "), fmt::join(x.regions, " "), to_string(x.from), to_string(x.to),
                       cleaning);
}

train::Split resolve_split(const Settings& settings, const series::Dataset& data) {
    const auto end_of = [&](const std::string& text, double fraction, const char* key) {
        if (text.empty()) return static_cast<std::int64_t>(static_cast<double>(data.hours) * fraction);
        const std::int64_t end = data.index(require_hour(text, key)) + 1;
        if (end < 1 || end > data.hours)
            throw ConfigError(fmt::format("{}: {} is outside the data, {} to {}", key, text, to_string(data.first),
                                          to_string(data.hour_at(data.hours - 1))));
        return end;
    };
    const train::Split split{end_of(settings.train_to, 0.8, "/split/train_to"),
                             end_of(settings.validation_to, 0.9, "/split/validation_to")};
    if (split.validation_end < split.train_end)
        throw ConfigError("/split/validation_to: expected an hour not before train_to");
    if (data.hours - split.validation_end < shortest_test)
        throw ConfigError(
            fmt::format("/split/validation_to: expected at least {} hours of data after it to test on, found {}",
                        shortest_test, data.hours - split.validation_end));
    if (split.train_end < settings.train.sequence_hours + settings.model.horizon)
        throw ConfigError(
            fmt::format("/train/sequence_hours: {} hours and a horizon of {} do not fit the training span of {} hours",
                        settings.train.sequence_hours, settings.model.horizon, split.train_end));
    return split;
}

}  // namespace gridring::app
