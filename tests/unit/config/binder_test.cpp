// SPDX-License-Identifier: MIT
#include "gridring/config/binder.hpp"

#include <doctest/doctest.h>

#include "gridring/core/error.hpp"

using namespace gridring;

namespace {

struct Options {
    std::int64_t heads = 4;
    double rate = 0.5;
    bool is_causal = true;
    std::vector<std::string> regions{"PACW"};
    std::string name = "demo";
    std::vector<std::pair<std::string, std::string>> zones;

    void describe(config::Binder& binder) {
        binder.key("name", name, "what it is called");
        binder.section("model", [&] {
            binder.key("heads", heads, "attention heads", config::at_least(1));
            binder.key("rate", rate, "learning rate", config::above(0));
            binder.key("is_causal", is_causal, "no look ahead");
        });
        binder.key("regions", regions, "balancing authorities");
        binder.map_key("zones", zones, "time zones");
        if (heads % 2) binder.problem("/model/heads", "expected an even number");
    }
    config::Describe describer() {
        return [this](config::Binder& binder) { describe(binder); };
    }
};

std::string error_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
    Options options;
    try {
        config::read_text(text, "a.yaml", overrides, options.describer());
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

}  // namespace

TEST_CASE("keys, overrides and defaults reach the structs; what is dumped reads back") {
    Options options;
    config::read_text("model: {heads: 8}\nregions: [CISO, MISO]\nzones: {MISO: America/Chicago}\n", "a.yaml",
                      {"model.rate=0.25", "name=other"}, options.describer());
    CHECK(options.heads == 8);
    CHECK(options.rate == 0.25);
    CHECK(options.name == "other");
    CHECK(options.regions == std::vector<std::string>{"CISO", "MISO"});
    CHECK(options.zones.front().second == "America/Chicago");

    const std::string dumped = config::dump(options.describer());
    Options copy;
    config::read_text(dumped, "dump", {}, copy.describer());
    CHECK(config::dump(copy.describer()) == dumped);
}

TEST_CASE("all problems are reported together, each with file, line and path") {
    const std::string message = error_of("model:\n  haeds: 8\n  rate: fast\n  is_causal: 3\nregions: PACW\n");
    CHECK(message.find("a.yaml:2: /model/haeds: unknown key; did you mean 'heads'?") != std::string::npos);
    CHECK(message.find("a.yaml:3: /model/rate: expected a number, found 'fast'") != std::string::npos);
    CHECK(message.find("a.yaml:4: /model/is_causal: expected true or false, found '3'") != std::string::npos);
    CHECK(message.find("a.yaml:5: /regions: expected a list") != std::string::npos);
}

TEST_CASE("checks, cross checks, wrong shapes and broken YAML are refused") {
    CHECK(error_of("model: {heads: 0}").find("/model/heads: expected at least 1, found 0") != std::string::npos);
    CHECK(error_of("model: {heads: 3}").find("a.yaml:1: /model/heads: expected an even number") != std::string::npos);
    CHECK(error_of("model: 3").find("/model: expected a section") != std::string::npos);
    CHECK(error_of("", {"model.heads"}).find("expected key.path=value") != std::string::npos);
    CHECK(error_of("", {"model.headz=4"}).find("did you mean 'heads'") != std::string::npos);
    CHECK(error_of("", {"name.x=4"}).find("/name: expected text, found 'a section'") != std::string::npos);
    CHECK(error_of("a: [1").find("a.yaml:1: not YAML") != std::string::npos);
    CHECK(error_of("- 1").find("expected keys and values") != std::string::npos);
    CHECK_THROWS_AS(config::read("/absent.yaml", {}, [](config::Binder&) {}), ConfigError);
}

TEST_CASE("a key without a value keeps its default") {
    Options options;
    options.zones = {{"MISO", "America/Chicago"}};
    config::read_text("name:\nmodel: {heads: , rate: ~, is_causal: }\nregions:\nzones:\n", "a.yaml", {},
                      options.describer());
    CHECK(options.name == "demo");
    CHECK(options.heads == 4);
    CHECK(options.rate == 0.5);
    CHECK(options.is_causal);
    CHECK(options.regions == std::vector<std::string>{"PACW"});
    CHECK(options.zones.size() == 1);
    config::read_text("name: other\nmodel:\n", "a.yaml", {"name="}, options.describer());
    CHECK(options.name == "demo");
    config::read_text("name: ''\nzones: {}\n", "a.yaml", {}, options.describer());
    CHECK(options.name.empty());  // a value, though an empty one
    CHECK(options.zones.empty());
}

TEST_CASE("a key given twice is reported with both lines, whatever --set says") {
    const std::string text = "name: a\nmodel:\n  heads: 2\n  heads: 8\nname: b\nzones: {A: UTC, A: UTC}\n";
    for (const auto& overrides : {std::vector<std::string>{}, {"model.heads=4"}}) {
        const std::string message = error_of(text, overrides);
        CHECK(message.find("a.yaml:5: /name: given twice; the first is on line 1") != std::string::npos);
        CHECK(message.find("a.yaml:4: /model/heads: given twice; the first is on line 3") != std::string::npos);
        CHECK(message.find("a.yaml:6: /zones/A: given twice") != std::string::npos);
    }
}

TEST_CASE("a problem of --set is blamed on --set, not on a line of the file") {
    const std::string text = "model:\n  rate: fast\n  heads: 2\n";
    const std::string message =
        error_of(text, {"model.heads=3", "regions=PACW", "model.headz=1", "modle.rate=1", "zones=x"});
    CHECK(message.find("--set: /model/heads: expected an even number") != std::string::npos);
    CHECK(message.find("--set: /regions: expected a list") != std::string::npos);
    CHECK(message.find("--set: /model/headz: unknown key") != std::string::npos);
    CHECK(message.find("--set: /modle: unknown key; did you mean 'model'?") != std::string::npos);
    CHECK(message.find("--set: /zones: expected pairs") != std::string::npos);
    CHECK(message.find("a.yaml:2: /model/rate: expected a number") != std::string::npos);
    CHECK(error_of(text, {"model={headz: 1}"}).find("--set: /model/headz: unknown key") != std::string::npos);
}

namespace {

struct Axis {
    std::string name = "x";
    std::int64_t size = 1;
    std::vector<std::string> set;
};

std::string read_axes(const std::string& text, std::vector<Axis>& axes) {
    const auto describe = [&](config::Binder& binder) {
        binder.list("axes", axes, "axes", [&](Axis& axis) {
            binder.key("name", axis.name, "what it is called");
            binder.key("size", axis.size, "points", config::at_least(1));
            binder.overrides_key("set", axis.set, "keys");
            if (axis.name == "bad") binder.problem(binder.path_of("name"), "expected a good name");
        });
    };
    try {
        config::read_text(text, "a.yaml", {}, describe);
        return config::dump(describe);
    } catch (const ConfigError& error) {
        return error.what();
    }
}

}  // namespace

TEST_CASE("lists of sections are read, dumped and read back; values keep their YAML") {
    std::vector<Axis> axes, again;
    const std::string dumped =
        read_axes("axes:\n- name: a\n- {size: 3, set: {train.steps: 4, regions: [A, B], zone: 'a, b', x: ~}}\n", axes);
    REQUIRE(axes.size() == 2);
    CHECK(axes[0].name == "a");
    CHECK(axes[0].size == 1);
    CHECK(axes[1].name == "x");
    CHECK(axes[1].set == std::vector<std::string>{"train.steps=4", "regions=[A, B]", "zone=a, b", "x=~"});
    CHECK(read_axes(dumped, again) == dumped);
    CHECK(again[1].set == axes[1].set);
    std::vector<Axis> kept{{"kept", 1, {}}};
    read_axes("axes:\n", kept);
    CHECK(kept.front().name == "kept");
}

TEST_CASE("problems in lists name the item and the line") {
    std::vector<Axis> axes;
    const std::string message =
        read_axes("axes:\n- nmae: a\n- size: 0\n  set: [1]\n- name: bad\n- 7\n- set: {a: 1, a: 2}\n", axes);
    CHECK(message.find("a.yaml:2: /axes/0/nmae: unknown key; did you mean 'name'?") != std::string::npos);
    CHECK(message.find("a.yaml:3: /axes/1/size: expected at least 1, found 0") != std::string::npos);
    CHECK(message.find("a.yaml:4: /axes/1/set: expected keys") != std::string::npos);
    CHECK(message.find("a.yaml:5: /axes/2/name: expected a good name") != std::string::npos);
    CHECK(message.find("a.yaml:6: /axes/3: expected a section") != std::string::npos);
    CHECK(message.find("a.yaml:7: /axes/4/set/a: given twice") != std::string::npos);
    CHECK(read_axes("axes: 3", axes).find("/axes: expected a list of sections") != std::string::npos);
}
