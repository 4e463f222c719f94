// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

/// A sweep: one configuration trained and scored many times, each time with some keys of its own.
namespace gridring::sweep {

/// What the configuration of a member gets at one point of an axis: overrides, "train.steps=100".
struct Point {
    std::string label;
    std::vector<std::string> overrides;
};
struct Axis {
    std::string name;
    std::vector<Point> points;
};

/// How a trained member is scored: `gridring evaluate --data`; without `data` on the tail that it held back.
struct Judge {
    std::string data, from, to;
    std::string origins = "midnight-local";
    std::vector<std::string> regions;
    std::vector<std::int64_t> horizons{24, 168, 720};
    std::vector<std::string> baselines{"none"};
};

/// The point of an axis that the others are tested against; both empty = no test.
struct Compare {
    std::string axis, reference;
};

/// Successive halving (Jamieson & Talwalkar 2016): all arms are trained for `first_steps`, one in `keep` of them, those
/// of the lowest validation loss, for `keep` times as many, and so on; who is left is trained to the end and judged.
struct Halving {
    std::int64_t first_steps = 0;  ///< 0 = every arm to its end
    std::int64_t keep = 3;
};

/// Axes, each with one of its points: arms where all of them hold are left out.
using Exclusion = std::vector<std::pair<std::size_t, std::size_t>>;

/// A sweep file, see docs/sweeps.md.
struct Plan {
    std::filesystem::path base;      ///< configuration of all members
    std::filesystem::path folder;    ///< everything of this sweep goes here
    std::filesystem::path series;    ///< a series.h5 to train on; empty = extracted once, as `base` says
    std::vector<std::string> set;    ///< overrides of all members
    std::vector<Axis> axes;          ///< crossed,
    std::vector<Exclusion> exclude;  ///< but for these
    std::vector<std::uint64_t> seeds;
    Halving halving;
    double minutes = 0;  ///< that the training of a member may take; 0 = any
    Judge judge;
    Compare compare;
};

/// Reads a sweep file; `base` is found beside it. `set` is behind the file's own. Throws ConfigError with all problems.
Plan read_plan(const std::filesystem::path& file, const std::vector<std::string>& set);
/// From text; `file` stands for the file in messages, and for the place of `base`.
Plan parse_plan(const std::string& text, const std::filesystem::path& file, const std::vector<std::string>& set);

/// One training.
struct Member {
    std::vector<std::size_t> at;  ///< [axis]: index of its point
    std::size_t seed = 0;         ///< index in Plan::seeds
    std::string name;             ///< "context=672,seed=1": its folder, and what it is called
    std::vector<std::string> overrides;
};

/// Every point of the grid that is not left out, for the first seed, the last axis fastest; then for the next seed. A
/// plan without seeds has no member.
std::vector<Member> expand(const Plan& plan);

/// "context=672", of the points alone; "all" where there are no axes.
std::string arm_name(const Plan& plan, const std::vector<std::size_t>& at);
/// Every combination of points, those that are left out as well, the last axis fastest.
std::vector<std::vector<std::size_t>> arms(const Plan& plan);
bool is_left_out(const Plan& plan, const std::vector<std::size_t>& at);

}  // namespace gridring::sweep
