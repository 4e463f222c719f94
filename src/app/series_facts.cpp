// SPDX-License-Identifier: MIT
#include "app/series_facts.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <span>

#include "gridring/series/flags.hpp"

namespace gridring::app {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t most_cells = 60;

using Flags = std::span<const std::uint16_t>;

void count_gaps(std::span<const double> values, Hour first, SeriesFacts& facts) {
    std::int64_t run = 0, last = -1;
    for (std::size_t t = 0; t < values.size(); ++t) {
        const bool is_here = !std::isnan(values[t]);
        const auto at = static_cast<std::int64_t>(t);
        run = is_here ? 0 : run + 1;
        facts.missing += !is_here;
        facts.gaps += run == 1;
        facts.longest_gap = std::max(facts.longest_gap, run);
        if (is_here && last < 0) facts.first = first + std::chrono::hours{at};
        if (is_here) last = at;
    }
    facts.hours = std::ssize(values) - facts.missing;
    if (last >= 0) facts.last = first + std::chrono::hours{last};
}

void count_flags(std::span<const double> values, Flags flags, std::size_t names, SeriesFacts& facts) {
    if (flags.empty()) return;
    facts.flags.assign(names, 0);
    for (std::size_t t = 0; t < flags.size(); ++t) {
        facts.flagged += !std::isnan(values[t]) && !series::is_good(flags[t]);
        for (std::size_t bit = 0; bit < names; ++bit) facts.flags[bit] += flags[t] >> bit & 1;
    }
}

void describe_values(std::span<const double> values, SeriesFacts& facts) {
    std::vector<double> known(values.begin(), values.end());
    std::erase_if(known, [](double value) { return std::isnan(value); });
    facts.least = facts.median = facts.most = none;
    if (known.empty()) return;
    std::ranges::sort(known);
    const std::size_t middle = known.size() / 2;
    facts.least = known.front(), facts.most = known.back();
    facts.median = known.size() % 2 == 1 ? known[middle] : (known[middle - 1] + known[middle]) / 2;
}

std::vector<double> means_of(std::span<const double> values, Flags flags) {
    const std::size_t hours = values.size(), cells = std::min(most_cells, hours);
    std::vector<double> means;
    for (std::size_t cell = 0; cell < cells; ++cell) {
        double sum = 0;
        std::int64_t n = 0;
        for (std::size_t t = hours * cell / cells; t < hours * (cell + 1) / cells; ++t)
            if (std::isfinite(values[t]) && (flags.empty() || series::is_good(flags[t]))) sum += values[t], ++n;
        means.push_back(n > 0 ? sum / static_cast<double>(n) : none);
    }
    return means;
}

}  // namespace

SeriesFacts facts_of(const store::Series& series, const store::SeriesVariable& variable, std::size_t region) {
    const auto hours = static_cast<std::size_t>(series.hours);
    const auto values = std::span(variable.values).subspan(region * hours, hours);
    const Flags flags = variable.flags.empty() ? Flags{} : std::span(variable.flags).subspan(region * hours, hours);
    SeriesFacts facts;
    facts.region = series.regions[region].code;
    facts.first = series.first, facts.last = series.first + std::chrono::hours{series.hours - 1};
    count_gaps(values, series.first, facts);
    count_flags(values, flags, series.flag_names.size(), facts);
    describe_values(values, facts);
    facts.means = means_of(values, flags);
    return facts;
}

std::string sparkline(const std::vector<double>& means) {
    static constexpr const char* bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double mean : means)
        if (std::isfinite(mean)) low = std::min(low, mean), high = std::max(high, mean);
    std::string text;
    for (const double mean : means)
        text += std::isfinite(mean)
                    ? bars[high > low ? std::min(7, static_cast<int>((mean - low) / (high - low) * 8)) : 0]
                    : " ";
    return text;
}

}  // namespace gridring::app
