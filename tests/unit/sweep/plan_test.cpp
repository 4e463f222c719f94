// SPDX-License-Identifier: MIT
#include "gridring/sweep/plan.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

#include "gridring/core/error.hpp"
#include "gridring/sweep/halving.hpp"

using namespace gridring;

namespace {

const std::string small = R"(base: ../demand.yaml
folder: runs/x
set: {train.steps: 4}
axes:
  - name: context
    points:
      - label: 168
        set: {train.look_back: 168, evaluate.context_hours: 168}
      - label: 672
        set: {train.look_back: 672, evaluate.context_hours: 672}
  - key: model.layers
    values: [1, 2, 3]
seeds: [7, 8]
minutes: 10
compare: {axis: context, reference: 672}
)";

std::string error_of(const std::string& text, const std::vector<std::string>& set = {}) {
    try {
        sweep::parse_plan(text, "configs/sweeps/a.yaml", set);
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

bool tells(const std::string& message, const std::string& part) {
    const bool is_told = message.find(part) != std::string::npos;
    if (!is_told) MESSAGE("found: ", message);
    return is_told;
}

}  // namespace

TEST_CASE("a sweep file becomes the whole grid, one seed after the other") {
    const auto plan = sweep::parse_plan(small, "configs/sweeps/a.yaml", {"train.batch=2"});
    CHECK(plan.base.lexically_normal() == "configs/demand.yaml");
    CHECK(plan.folder == "runs/x");
    CHECK(plan.minutes == 10);
    CHECK(plan.axes[1].name == "layers");
    const auto members = sweep::expand(plan);
    REQUIRE(members.size() == 2 * 3 * 2);
    CHECK(members[0].name == "context=168,layers=1,seed=7");
    CHECK(members[1].name == "context=168,layers=2,seed=7");
    CHECK(members[6].name == "context=168,layers=1,seed=8");
    CHECK(members[11].name == "context=672,layers=3,seed=8");
    CHECK(members[11].overrides == std::vector<std::string>{"train.steps=4", "train.batch=2", "train.look_back=672",
                                                            "evaluate.context_hours=672", "model.layers=3",
                                                            "run.seed=8"});
    std::set<std::string> names;
    for (const auto& member : members) names.insert(member.name);
    CHECK(names.size() == members.size());
}

TEST_CASE("keys drawn at random: the same for the same seed, more draws leave the first, and ranges are kept") {
    const auto file = [](int draws, int seed) {
        return sweep::parse_plan(
            "base: b.yaml\nseeds: [1]\naxes:\n  - {name: draw, draws: " + std::to_string(draws) +
                ", draw_seed: " + std::to_string(seed) +
                ", random: {train.learning_rate: log 1e-4 1e-2, model.layers: whole 1 3, model.width: of 64 128, "
                "model.dropout: uniform 0 0.3}}\n",
            "a.yaml", {});
    };
    const auto few = sweep::expand(file(5, 1)), many = sweep::expand(file(200, 1)), other = sweep::expand(file(5, 2));
    REQUIRE(many.size() == 200);
    CHECK(many[199].name == "draw=200,seed=1");
    for (std::size_t i = 0; i < few.size(); ++i) CHECK(few[i].overrides == many[i].overrides);
    CHECK(few[0].overrides != other[0].overrides);
    std::set<std::string> layers, widths;
    int below = 0;
    for (const auto& member : many) {
        REQUIRE(member.overrides.size() == 5);  // in the order of the file, and the seed
        const double rate = std::stod(member.overrides[0].substr(std::string("train.learning_rate=").size()));
        CHECK(rate >= 1e-4);
        CHECK(rate <= 1e-2);
        below += rate < 1e-3 ? 1 : 0;
        layers.insert(member.overrides[1]), widths.insert(member.overrides[2]);
    }
    CHECK(below > 70);  // half of them: the logarithm is uniform
    CHECK(below < 130);
    CHECK(layers == std::set<std::string>{"model.layers=1", "model.layers=2", "model.layers=3"});
    CHECK(widths == std::set<std::string>{"model.width=64", "model.width=128"});
    const auto wrong = [](const std::string& range) {
        return error_of("base: b.yaml\naxes: [{name: draw, draws: 2, random: {train.learning_rate: " + range + "}}]\n");
    };
    for (const char* range : {"log 0 1", "uniform 2 1", "whole 1.5 3", "of", "logg 1 2", "uniform 1"})
        CHECK(tells(wrong(range), "train.learning_rate: expected 'log A B'"));
}

TEST_CASE("more draws or members than any sweep has are refused before anything is made of them") {
    const auto axis = [](const std::string& name, const std::string& draws) {
        return "  - {name: " + name + ", draws: " + draws + ", random: {train." + name + ": uniform 1 2}}\n";
    };
    CHECK(tells(error_of("base: b.yaml\naxes:\n" + axis("steps", "222222222222222224")),
                "/axes/0/draws: expected 0 to 100000"));
    CHECK(tells(error_of("base: b.yaml\naxes:\n" + axis("steps", "2000") + axis("batch", "2000")),
                "/axes: expected at most 1e+06 members, found 4e+06"));
}

TEST_CASE("combinations that are left out are no members") {
    const auto plan = sweep::parse_plan(small + "exclude: ['context=672,layers=3', layers=1]\n", "a.yaml", {});
    const auto members = sweep::expand(plan);
    REQUIRE(members.size() == 2 * 3);
    CHECK(members[0].name == "context=168,layers=2,seed=7");
    CHECK(members[2].name == "context=672,layers=2,seed=7");
    CHECK(tells(error_of(small + "exclude: [context=671]\n"), "/exclude: expected axes with labels"));
    CHECK(tells(error_of(small + "exclude: ['']\n"), "/exclude: expected axes with labels"));
    CHECK(tells(error_of(small + "exclude: [context=168, context=672]\n"),
                "/exclude: expected combinations that are left, found none"));
    CHECK(tells(error_of(small + "exclude: [context=672]\n"), "/compare/reference: '672' is left out by /exclude"));
}

TEST_CASE("no axes are one arm, no seeds no member, no folder one by the file's name") {
    auto plan = sweep::parse_plan("base: /a/b.yaml", "configs/sweeps/one.yaml", {});
    CHECK(plan.base == "/a/b.yaml");
    CHECK(plan.folder == "runs/sweeps/one");
    CHECK(sweep::expand(plan).empty());
    plan.seeds = {3};
    REQUIRE(sweep::expand(plan).size() == 1);
    CHECK(sweep::expand(plan).front().name == "all,seed=3");
    CHECK(sweep::arms(plan).size() == 1);
}

TEST_CASE("all that is wrong with a sweep file is told at once, by line and path") {
    const std::string message = error_of(R"(bsae: x
axes:
  - name: seed
    points: [{label: a, set: {train.steps: 1}}]
  - name: b
    key: model.layers
    points: [{label: a b, set: {model.width: 8}}, {label: c}]
  - key: extract.regions
    values: [A, A]
  - name: 2nd
    points: [{label: x, set: {run.folder: y, train.steps: 2}}]
seeds: [1, 1, 2.5]
minutes: -1
judge: {from: 2019-01-01, horizons: [24, 24], origins: noon}
compare: {axis: d, reference: e}
)");
    for (const char* part :
         {"/bsae: unknown key; did you mean 'base'?", "configs/sweeps/a.yaml:3: /axes/0: the name 'seed' is taken",
          "/axes/1: expected one of `points`, `key` with `values`, and `random` with `draws`",
          "expected labels of letters", "/axes/1/points/1: expected `set`",
          "/axes/2/key: extract.regions: all members share one series", "/axes/2: two points are called 'A'",
          "/axes/3: expected a name of letters, digits and _, found '2nd'",
          "/axes/3/points/0/set: run.folder: every member has a folder",
          "/axes/3: train.steps is set by axis 'seed' as well", "/seeds: 1 is there twice",
          "/seeds: expected whole numbers from 0 on, found 2.5", "/minutes: expected 0 to", "/judge: from, to, origins",
          "/judge/horizons: expected hours in increasing order", "/judge/origins: expected midnight-local",
          "/compare/axis: expected an axis (seed, b, regions, 2nd), found 'd'", "/base: expected a configuration"})
        CHECK(tells(message, part));
}

TEST_CASE("overrides of the judge are the file's own, others the members'") {
    const std::string judged = small + "judge: {data: there, from: 2019-01-01, to: 2019-12-31}\n";
    const auto plan = sweep::parse_plan(judged, "a.yaml", {"judge.data=here", "train.batch=2"});
    CHECK(plan.judge.data == "here");
    CHECK(plan.judge.from == "2019-01-01");
    CHECK(plan.set == std::vector<std::string>{"train.steps=4", "train.batch=2"});
    CHECK(tells(error_of(judged, {"judge.date=x"}), "/judge/date: unknown key"));
}

TEST_CASE("what would be set in vain is refused") {
    CHECK(tells(error_of(small, {"model.layers=4"}), "--set model.layers=4: axis 'layers' sets it at its points"));
    CHECK(tells(error_of(small, {"evaluate={batch: 1}"}), "axis 'context' sets it"));
    CHECK(error_of(small, {"model.width=4"}).empty());
    CHECK(tells(error_of("base: a\nset: {run.seed: 4}\n"), "/seeds: run.seed is set elsewhere"));
    CHECK(tells(error_of("base: a\naxes: [{key: run.seed, values: [4]}]\n"), "/seeds: run.seed is set elsewhere"));
    CHECK(tells(error_of("base: a\nset: {run.folder: b}\n"), "/set: run.folder: every member has a folder"));
    CHECK(tells(error_of("base: a\naxes: [{name: r, points: [{label: x, set: {source: {kind: eia}}}]}]\n"),
                "/axes/0/points/0/set: source: all members share one series"));
    CHECK(tells(error_of("base: a\njudge: {data: x}\n"), "/judge/data: needs `from` and `to`"));
    CHECK(tells(error_of("base: a\naxes: [{key: x.y, values: [1]}]\ncompare: {axis: y, reference: 2}\n"),
                "/compare/reference: expected a point of y (1), found '2'"));
}

TEST_CASE("halving: ever fewer arms for ever more steps, and the best of them go on") {
    CHECK(sweep::rungs_of({100, 3}, 1000) == std::vector<std::int64_t>{100, 300, 900});
    CHECK(sweep::rungs_of({100, 3}, 900) == std::vector<std::int64_t>{100, 300});
    CHECK(sweep::rungs_of({0, 3}, 900).empty());
    const double nan = std::nan("");
    using Who = std::vector<std::size_t>;
    CHECK(sweep::who_goes_on({5, 1, nan, 4, 2, 3}, 3) == Who{1, 4});
    CHECK(sweep::who_goes_on({5, 1, nan, 4}, 3) == Who{1, 3});
    CHECK(sweep::who_goes_on({2, 2, 2}, 3) == Who{0});
    CHECK(sweep::who_goes_on({nan, 7}, 5) == Who{1});
    CHECK(sweep::who_goes_on({nan, 7, nan, nan}, 2) == Who{1});
    CHECK(sweep::who_goes_on({nan, nan}, 2).empty());
    const auto plan = sweep::parse_plan("base: b.yaml\nhalving: {first_steps: 50, keep: 4}\n", "x.yaml", {});
    CHECK(plan.halving.first_steps == 50);
    CHECK(plan.halving.keep == 4);
    CHECK_THROWS_AS(sweep::parse_plan("base: b.yaml\nhalving: {first_steps: 50, keep: 1}\n", "x.yaml", {}),
                    ConfigError);
}
