// SPDX-License-Identifier: MIT
#include "gridring/sweep/plan.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <sstream>

#include "gridring/config/binder.hpp"
#include "gridring/core/error.hpp"
#include "sweep/draws.hpp"

namespace gridring::sweep {
namespace {

using config::Binder;

/// What a score of sweep.csv and sweep.h5 is already called.
constexpr const char* reserved[] = {"seed", "region", "horizon", "n",          "mape",          "median_ape",
                                    "wape", "mae",    "rmse",    "first_lead", "difference",    "dm_statistic",
                                    "dm_p", "mae_mw", "rmse_mw", "hours",      "horizon_hours", "training_seconds"};

/// An axis as the file has it: points with keys of their own, values of one key, or keys drawn at random.
struct WrittenAxis {
    std::string name, key;
    std::vector<std::string> values;
    std::vector<Point> points;
    std::vector<std::string> random;
    std::int64_t draws = 0, draw_seed = 1;
};

constexpr std::int64_t most_draws = 100'000;
constexpr double most_members = 1e6;

std::string key_of(const std::string& text) { return text.substr(0, text.find('=')); }

/// One sets what the other sets, or a section that holds it.
bool overlap(const std::string& a, const std::string& b) {
    return a == b || a.starts_with(b + ".") || b.starts_with(a + ".");
}

bool is_within(const std::string& key, std::initializer_list<const char*> sections) {
    return std::ranges::any_of(sections, [&](const char* section) { return overlap(key, section); });
}

bool consists_of(const std::string& text, const char* further) {
    return !text.empty() && std::ranges::all_of(text, [&](unsigned char c) {
        return std::isalnum(c) || std::string_view(further).find(static_cast<char>(c)) != std::string_view::npos;
    });
}

void describe_key_problems(Binder& binder, const std::string& path, const std::vector<std::string>& overrides,
                           bool is_axis) {
    for (const std::string& text : overrides) {
        const std::string key = key_of(text);
        if (overlap(key, "run.folder"))
            binder.problem(path, fmt::format("{}: every member has a folder of its own, inside `folder`", key));
        if (is_axis && is_within(key, {"source", "extract"}))
            binder.problem(path, fmt::format("{}: all members share one series; set it for all with `set`", key));
    }
}

void describe_point(Binder& binder, Point& point) {
    binder.key("label", point.label, "what the point is called");
    binder.overrides_key("set", point.overrides, "keys of the configuration");
    if (point.overrides.empty()) binder.problem(binder.path_of(""), "expected `set` with at least one key");
    describe_key_problems(binder, binder.path_of("set"), point.overrides, true);
}

void check_labels(Binder& binder, const Axis& axis) {
    std::set<std::string> seen;
    for (const Point& point : axis.points) {
        const std::string& label = point.label;
        if (!consists_of(label, "._+-") || label.front() == '.')
            binder.problem(binder.path_of(""),
                           fmt::format("expected labels of letters, digits and . _ + -, found '{}'; "
                                       "points with `label` and `set` may have any value",
                                       label));
        if (!seen.insert(label).second)
            binder.problem(binder.path_of(""), fmt::format("two points are called '{}'", label));
    }
}

void describe_axis(Binder& binder, WrittenAxis& written, Axis& axis) {
    binder.key("name", written.name, "of a dimension and a column; with `key` its last word when left out");
    binder.key("key", written.key, "the one key that changes");
    binder.key("values", written.values, "of `key`");
    binder.list("points", written.points, "what changes together", [&](Point& p) { describe_point(binder, p); });
    binder.overrides_key("random", written.random,
                         "keys, each with what it is drawn from: log A B, uniform A B, whole A B, of X Y");
    binder.key("draws", written.draws, "points of `random`", config::between(0, most_draws));
    binder.key("draw_seed", written.draw_seed, "that they follow from", config::at_least(0));
    const std::string here = binder.path_of("");
    const bool is_short = !written.key.empty() || !written.values.empty();
    if (int{is_short} + int{!written.points.empty()} + int{!written.random.empty()} != 1)
        binder.problem(here, "expected one of `points`, `key` with `values`, and `random` with `draws`");
    else if (written.random.empty() != (written.draws == 0))
        binder.problem(here, "expected `random` and `draws`, one is missing");
    else if (is_short && (written.key.empty() || written.values.empty()))
        binder.problem(here, "expected `key` and `values`, one is missing");
    axis.name = written.name.empty() ? written.key.substr(written.key.rfind('.') + 1) : written.name;
    axis.points = written.points;
    if (is_short)
        for (const std::string& value : written.values) axis.points.push_back({value, {written.key + "=" + value}});
    if (is_short) describe_key_problems(binder, binder.path_of("key"), {written.key + "="}, true);
    describe_key_problems(binder, binder.path_of("random"), written.random, true);
    try {
        const std::int64_t draws = std::clamp<std::int64_t>(written.draws, 0, most_draws);  // others are told above
        const auto drawn = draw_points(written.random, draws, static_cast<std::uint64_t>(written.draw_seed));
        axis.points.insert(axis.points.end(), drawn.begin(), drawn.end());
    } catch (const ConfigError& error) {
        binder.problem(binder.path_of("random"), error.what());
    }
    if (!consists_of(axis.name, "_") || std::isdigit(static_cast<unsigned char>(axis.name.front())))
        binder.problem(here, fmt::format("expected a name of letters, digits and _, found '{}'", axis.name));
    if (std::ranges::find(reserved, axis.name) != std::end(reserved))
        binder.problem(here, fmt::format("the name '{}' is taken by the results", axis.name));
    check_labels(binder, axis);
}

/// Of the axes together: names, and keys that two of them, or the command line, would set.
void check_axes(Binder& binder, const std::vector<Axis>& axes, const std::vector<std::string>& set) {
    std::map<std::string, std::string> axis_of_key;
    for (std::size_t i = 0; i < axes.size(); ++i) {
        const std::string path = fmt::format("/axes/{}", i);
        for (std::size_t j = 0; j < i; ++j)
            if (axes[j].name == axes[i].name)
                binder.problem(path, fmt::format("two axes are called '{}'", axes[i].name));
        for (const Point& point : axes[i].points)
            for (const std::string& text : point.overrides) {
                const auto known = std::ranges::find_if(axis_of_key, [&](const auto& entry) {
                    return entry.second != axes[i].name && overlap(entry.first, key_of(text));
                });
                if (known != axis_of_key.end())
                    binder.problem(path, fmt::format("{} is set by axis '{}' as well", key_of(text), known->second));
                axis_of_key.emplace(key_of(text), axes[i].name);
            }
    }
    for (const std::string& text : set)
        for (const auto& [key, axis] : axis_of_key)
            if (overlap(key, key_of(text)))
                binder.problem("/axes", fmt::format("--set {}: axis '{}' sets it at its points", text, axis));
}

void describe_judge(Binder& binder, Judge& judge) {
    binder.key("data", judge.data, "folder of <RESPONDENT>.csv[.gz]; empty = the tail that a run holds back");
    binder.key("from", judge.from, "first local day to forecast");
    binder.key("to", judge.to, "last local day to forecast");
    binder.key("origins", judge.origins, "midnight-local or day-ahead");
    binder.key("regions", judge.regions, "respondents; empty = all in the folder");
    std::vector<double> horizons(judge.horizons.begin(), judge.horizons.end());
    binder.key("horizons", horizons, "hours ahead to judge over");
    binder.key("baselines", judge.baselines, "in the tables of the members: all, naive, none, or names");
    judge.horizons.clear();
    for (const double hours : horizons) {
        judge.horizons.push_back(std::llround(hours));
        if (hours < 1 || hours != std::floor(hours) || hours > 8736)
            binder.problem(binder.path_of("horizons"), fmt::format("expected whole hours, found {}", hours));
    }
    if (judge.horizons.empty() ||
        std::ranges::adjacent_find(judge.horizons, std::greater_equal<>()) != judge.horizons.end())
        binder.problem(binder.path_of("horizons"), "expected hours in increasing order, such as [24, 168, 720]");
    if (judge.origins != "midnight-local" && judge.origins != "day-ahead")
        binder.problem(binder.path_of("origins"),
                       fmt::format("expected midnight-local or day-ahead, found '{}'", judge.origins));
    const bool needs_data = !judge.from.empty() || !judge.to.empty() || !judge.regions.empty() ||
                            judge.origins != Judge{}.origins || judge.baselines != Judge{}.baselines;
    if (judge.data.empty() && needs_data)
        binder.problem(binder.path_of(""), "from, to, origins, regions and baselines need `data`");
    if (!judge.data.empty() && (judge.from.empty() || judge.to.empty()))
        binder.problem(binder.path_of("data"), "needs `from` and `to`, local dates such as 2019-01-01");
}

void check_compare(Binder& binder, const Compare& compare, const std::vector<Axis>& axes) {
    if (compare.axis.empty() && compare.reference.empty()) return;
    const auto axis = std::ranges::find(axes, compare.axis, &Axis::name);
    std::vector<std::string> known;
    if (axis == axes.end()) {
        for (const Axis& one : axes) known.push_back(one.name);
        binder.problem("/compare/axis",
                       fmt::format("expected an axis ({}), found '{}'", fmt::join(known, ", "), compare.axis));
        return;
    }
    for (const Point& point : axis->points) known.push_back(point.label);
    if (std::ranges::find(known, compare.reference) == known.end())
        binder.problem("/compare/reference", fmt::format("expected a point of {} ({}), found '{}'", compare.axis,
                                                         fmt::join(known, ", "), compare.reference));
}

/// "context=672,layers=3": pairs of an axis and a label.
Exclusion parse_exclusion(const std::string& text, const std::vector<Axis>& axes) {
    Exclusion exclusion;
    std::istringstream pairs(text);
    for (std::string pair; std::getline(pairs, pair, ',');) {
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto axis = std::ranges::find(axes, pair.substr(0, equals), &Axis::name);
        const std::string label = equals < pair.size() ? pair.substr(equals + 1) : "";
        if (axis == axes.end() || std::ranges::find(axis->points, label, &Point::label) == axis->points.end())
            throw ConfigError(fmt::format("expected axes with labels, such as context=672,layers=3, found '{}'", text));
        exclusion.emplace_back(axis - axes.begin(),
                               std::ranges::find(axis->points, label, &Point::label) - axis->points.begin());
    }
    if (exclusion.empty()) throw ConfigError("expected axes with labels, such as context=672,layers=3, found none");
    return exclusion;
}

void describe_exclusions(Binder& binder, Plan& plan) {
    std::vector<std::string> texts;
    binder.key("exclude", texts, "combinations that are left out: axis=label,axis=label");
    for (const std::string& text : texts) try {
            plan.exclude.push_back(parse_exclusion(text, plan.axes));
        } catch (const ConfigError& error) {
            binder.problem("/exclude", error.what());
        }
}

/// Before any combination is left out.
double most_members_of(const Plan& plan) {
    auto members = static_cast<double>(std::max<std::size_t>(1, plan.seeds.size()));
    for (const Axis& axis : plan.axes) members *= static_cast<double>(axis.points.size());
    return members;
}

/// Something must be left, and something to compare it with.
void check_exclusions(Binder& binder, const Plan& plan) {
    if (plan.exclude.empty() || most_members_of(plan) > most_members) return;
    auto left = arms(plan);
    std::erase_if(left, [&](const auto& at) { return is_left_out(plan, at); });
    if (left.empty()) return binder.problem("/exclude", "expected combinations that are left, found none");
    const auto axis = std::ranges::find(plan.axes, plan.compare.axis, &Axis::name);
    if (axis == plan.axes.end()) return;
    const auto point = std::ranges::find(axis->points, plan.compare.reference, &Point::label);
    const auto is_reference = [&](const auto& at) {
        return at[static_cast<std::size_t>(axis - plan.axes.begin())] ==
               static_cast<std::size_t>(point - axis->points.begin());
    };
    if (point != axis->points.end() && std::ranges::none_of(left, is_reference))
        binder.problem("/compare/reference", fmt::format("'{}' is left out by /exclude", plan.compare.reference));
}

void describe_seeds(Binder& binder, Plan& plan) {
    std::vector<double> seeds(plan.seeds.begin(), plan.seeds.end());
    binder.key("seeds", seeds, "run.seed of the repeats; empty = that of the base");
    plan.seeds.clear();
    for (const double seed : seeds) {
        if (seed < 0 || seed != std::floor(seed) || seed > 9e15)
            binder.problem("/seeds", fmt::format("expected whole numbers from 0 on, found {}", seed));
        else if (std::ranges::find(plan.seeds, static_cast<std::uint64_t>(seed)) != plan.seeds.end())
            binder.problem("/seeds", fmt::format("{} is there twice", seed));
        else
            plan.seeds.push_back(static_cast<std::uint64_t>(seed));
    }
    const auto sets_seed = [](const std::string& text) { return overlap(key_of(text), "run.seed"); };
    bool is_set = std::ranges::any_of(plan.set, sets_seed);
    for (const Axis& axis : plan.axes)
        for (const Point& point : axis.points) is_set = is_set || std::ranges::any_of(point.overrides, sets_seed);
    if (is_set) binder.problem("/seeds", "run.seed is set elsewhere; the seeds of a sweep stand here");
    if (const double members = most_members_of(plan); members > most_members)
        binder.problem("/axes", fmt::format("expected at most {:g} members, found {:g}", most_members, members));
}

void describe_path(Binder& binder, std::string_view name, std::filesystem::path& path, std::string_view help) {
    std::string text = path.string();
    binder.key(name, text, help);
    path = text;
}

void describe(Binder& binder, Plan& plan, const std::filesystem::path& file, const std::vector<std::string>& set) {
    describe_path(binder, "base", plan.base, "configuration of all members, beside this file");
    describe_path(binder, "folder", plan.folder, "everything of this sweep goes here");
    describe_path(binder, "series", plan.series, "a series.h5 to train on; empty = extracted once, as base says");
    binder.overrides_key("set", plan.set, "keys for all members");
    describe_key_problems(binder, "/set", plan.set, false);
    std::vector<WrittenAxis> written;
    binder.list("axes", written, "crossed",
                [&](WrittenAxis& axis) { describe_axis(binder, axis, plan.axes.emplace_back()); });
    check_axes(binder, plan.axes, set);
    describe_exclusions(binder, plan);
    plan.set.insert(plan.set.end(), set.begin(), set.end());
    describe_seeds(binder, plan);
    binder.key("minutes", plan.minutes, "that the training of a member may take; 0 = any", config::between(0, 1e6));
    binder.section("halving", [&] {
        binder.key("first_steps", plan.halving.first_steps, "of every arm, before the first are dropped; 0 = none are",
                   config::between(0, 1e9));
        binder.key("keep", plan.halving.keep, "one in so many goes on, for so many times the steps",
                   config::between(2, 100));
    });
    binder.section("judge", [&] { describe_judge(binder, plan.judge); });
    binder.section("compare", [&] {
        binder.key("axis", plan.compare.axis, "whose points are tested against one of them");
        binder.key("reference", plan.compare.reference, "the label of that one");
    });
    check_compare(binder, plan.compare, plan.axes);
    check_exclusions(binder, plan);
    if (plan.base.empty()) binder.problem("/base", "expected a configuration, found none");
    if (plan.base.is_relative()) plan.base = file.parent_path() / plan.base;
    if (plan.folder.empty()) plan.folder = std::filesystem::path("runs/sweeps") / file.stem();
}

/// Those of the sweep's own file, which are of its judge, and those of all members.
std::pair<std::vector<std::string>, std::vector<std::string>> split_overrides(const std::vector<std::string>& set) {
    std::pair<std::vector<std::string>, std::vector<std::string>> parts;
    for (const std::string& text : set) (overlap(key_of(text), "judge") ? parts.first : parts.second).push_back(text);
    return parts;
}

}  // namespace

Plan read_plan(const std::filesystem::path& file, const std::vector<std::string>& set) {
    Plan plan;
    const auto [own, members] = split_overrides(set);
    config::read(file.string(), own, [&](Binder& binder) { describe(binder, plan, file, members); });
    return plan;
}

Plan parse_plan(const std::string& text, const std::filesystem::path& file, const std::vector<std::string>& set) {
    Plan plan;
    const auto [own, members] = split_overrides(set);
    config::read_text(text, file.string(), own, [&](Binder& binder) { describe(binder, plan, file, members); });
    return plan;
}

}  // namespace gridring::sweep
