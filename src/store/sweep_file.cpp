// SPDX-License-Identifier: MIT
#include "gridring/store/sweep_file.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "gridring/core/error.hpp"
#include "store/score_writer.hpp"

namespace gridring::store {
namespace {

constexpr const char* format = "sweep";
constexpr std::int64_t version = 1;

/// Empty unless every label is one.
std::vector<double> numbers_of(const std::vector<std::string>& labels) {
    std::vector<double> numbers;
    for (const std::string& label : labels) {
        char* end = nullptr;
        numbers.push_back(std::strtod(label.c_str(), &end));
        if (label.empty() || *end != '\0' || !std::isfinite(numbers.back())) return {};
    }
    return numbers;
}

void write_axis(Writer& file, const ScoreAxis& axis) {
    const auto numbers = numbers_of(axis.labels);
    if (numbers.empty()) return write_score_axis(file, axis);
    const std::string name = "/" + axis.name;
    file.dataset(name, {static_cast<std::int64_t>(numbers.size())}, numbers);
    file.make_scale(name);
    file.attribute(name, "long_name", axis.long_name);
}

Shape shape_of(const SweepTable& table, const Score& score) {
    Shape shape;
    for (const std::string& name : score.axes) {
        const auto axis = std::ranges::find(table.axes, name, &ScoreAxis::name);
        expects(axis != table.axes.end(), "scores have axes that there are: " + name);
        shape.push_back(static_cast<std::int64_t>(axis->labels.size()));
    }
    return shape;
}

}  // namespace

void write_sweep(const std::filesystem::path& path, const SweepTable& table) {
    Writer file(path, format, version);
    file.attributes("/", {{"Conventions", "CF-1.8"}, {"title", "scores of a sweep"}});
    for (const ScoreAxis& axis : table.axes) write_axis(file, axis);
    for (const Score& score : table.scores) write_score(file, score, shape_of(table, score));
    file.attributes("/", table.attributes);
    file.publish();
}

}  // namespace gridring::store
