// SPDX-License-Identifier: MIT
#include "sweep/draws.hpp"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"

namespace gridring::sweep {
namespace {

struct Range {
    std::string key, kind;
    std::vector<std::string> words;
    double low = 0, high = 0;

    std::string draw(Random& random) const {
        const double share = random.uniform();
        if (kind == "of") return words[static_cast<std::size_t>(share * static_cast<double>(words.size()))];
        if (kind == "whole") return fmt::format("{}", std::floor(low + share * (high - low + 1)));
        if (kind == "log") return fmt::format("{:.4g}", low * std::pow(high / low, share));
        return fmt::format("{:.4g}", low + share * (high - low));
    }
};

double number(const std::string& word) {
    std::size_t read = 0;
    double value = std::nan("");
    try {
        value = std::stod(word, &read);
    } catch (const std::exception&) {
    }
    return read == word.size() ? value : std::nan("");
}

Range parse(const std::string& text) {
    const std::size_t equals = text.find('=');
    Range range{text.substr(0, equals), {}, {}};
    std::istringstream words(text.substr(equals + 1));
    words >> range.kind;
    for (std::string word; words >> word;) range.words.push_back(word);
    bool is_good = range.kind == "of" && !range.words.empty();
    if (range.kind == "log" || range.kind == "uniform" || range.kind == "whole") {
        is_good = range.words.size() == 2;
        if (is_good) range.low = number(range.words[0]), range.high = number(range.words[1]);
        is_good =
            is_good && std::isfinite(range.low) && std::isfinite(range.high) && range.low <= range.high &&
            (range.kind != "log" || range.low > 0) &&
            (range.kind != "whole" || (range.low == std::floor(range.low) && range.high == std::floor(range.high)));
    }
    if (!is_good)
        throw ConfigError(
            fmt::format("{}: expected 'log A B' (0 < A <= B), 'uniform A B', 'whole A B' or 'of X Y …', found '{}'",
                        range.key, text.substr(equals + 1)));
    return range;
}

}  // namespace

std::vector<Point> draw_points(const std::vector<std::string>& ranges, std::int64_t count, std::uint64_t seed) {
    std::vector<Range> parsed;
    for (const std::string& text : ranges) parsed.push_back(parse(text));
    std::vector<Point> points;
    for (std::int64_t i = 1; i <= count; ++i) {
        Random random(mix_seed(seed, static_cast<std::uint64_t>(i)));
        Point& point = points.emplace_back(Point{std::to_string(i), {}});
        for (const Range& range : parsed) point.overrides.push_back(range.key + "=" + range.draw(random));
    }
    return points;
}

}  // namespace gridring::sweep
