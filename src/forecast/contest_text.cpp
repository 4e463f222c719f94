// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <span>
#include <tuple>

#include "forecast/table_cell.hpp"
#include "gridring/core/error.hpp"
#include "gridring/forecast/contest.hpp"

namespace gridring::forecast {
namespace {

constexpr double certain = .01;

char sign_of(const score::Comparison& against_first) {
    if (against_first.p_two_sided >= certain) return ' ';
    return against_first.mean_difference > 0 ? '*' : '+';
}

std::string line_of(const Table& table) {
    const auto judged = std::ranges::max_element(table.standings, {}, &Standing::n)->n;
    std::string line = fmt::format("{:<8}{:>9}", table.region, judged);
    for (const Standing& standing : table.standings) line += cell(standing.mape, 2) + sign_of(standing.against_first);
    return line + "\n";
}

/// The other errors, under the columns of the table; means over the regions.
std::string other_errors(const Table& mean) {
    const std::tuple<const char*, double Standing::*, int> rows[] = {{"  median APE %", &Standing::median_ape, 2},
                                                                     {"  WAPE %", &Standing::wape, 2},
                                                                     {"  MAE MW", &Standing::mae_mw, 1},
                                                                     {"  RMSE MW", &Standing::rmse_mw, 1},
                                                                     {"  MASE", &Standing::mase, 3}};
    std::string text;
    for (const auto& [label, part, decimals] : rows) {
        text += fmt::format("{:<17}", label);
        for (const Standing& standing : mean.standings) text += cell(standing.*part, decimals) + " ";
        text += "\n";
    }
    return text;
}

std::size_t index_of(const Table& table, const std::string& name) {
    const auto found = std::ranges::find(table.standings, name, &Standing::name);
    if (found != table.standings.end()) return static_cast<std::size_t>(found - table.standings.begin());
    std::vector<std::string> known;
    for (const Standing& standing : table.standings) known.push_back(standing.name);
    throw ConfigError(
        fmt::format("expected the name of a forecast in the table ({}), found '{}'", fmt::join(known, ", "), name));
}

}  // namespace

std::string to_text(const std::vector<std::vector<Table>>& tables) {
    std::string text;
    for (const auto& of_range : tables) {
        text += fmt::format("MAPE %, {} to {} h ahead\n{:<8}{:>9}", of_range.front().leads.first,
                            of_range.front().leads.last, "region", "n");
        for (const Standing& standing : of_range.front().standings) text += fmt::format("{:>12} ", standing.name);
        text += "\n";
        for (const Table& table : of_range) text += line_of(table);
        const Table mean = mean_of(of_range);
        text += line_of(mean) + other_errors(mean) + "\n";
    }
    return text;
}

std::string compare_text(const std::vector<Table>& of_range, const std::string& first, const std::string& second) {
    const std::size_t one = index_of(of_range.front(), first), other = index_of(of_range.front(), second);
    std::vector<Table> shared;  // regions that both forecast
    std::ranges::copy_if(of_range, std::back_inserter(shared), [&](const Table& table) {
        return table.standings[one].n > 0 && table.standings[other].n > 0;
    });
    if (shared.empty()) return fmt::format("{} and {} have no hour in common\n", first, second);
    const Table mean = mean_of(shared);
    const double left = mean.standings[one].mape, right = mean.standings[other].mape;
    const auto together = compare(mean, one, other);
    int better = 0, surely_better = 0, surely_worse = 0;
    for (const Table& table : shared) {
        const auto alone = compare(table, one, other);
        better += table.standings[one].mape < table.standings[other].mape;
        surely_better += alone.mean_difference < 0 && alone.p_two_sided < certain;
        surely_worse += alone.mean_difference > 0 && alone.p_two_sided < certain;
    }
    return fmt::format(
        "{} to {} h: {} {:.2f} % against {} {:.2f} %: {:.1f} % {}, p = {:.2g} over {} days; better in "
        "{} of {} regions (p < .01: better in {}, worse in {})\n",
        mean.leads.first, mean.leads.last, first, left, second, right, 100 * std::abs(left / right - 1),
        left <= right ? "less" : "more", together.p_two_sided, together.n, better, shared.size(), surely_better,
        surely_worse);
}

std::string best_of_others(const std::vector<Table>& of_range) {
    const Table mean = mean_of(of_range);
    const Standing* best = nullptr;
    for (const Standing& standing : std::span(mean.standings).subspan(1))
        if (!std::isnan(standing.mape) && (!best || standing.mape < best->mape)) best = &standing;
    return best ? best->name : std::string();
}

}  // namespace gridring::forecast
