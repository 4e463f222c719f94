// SPDX-License-Identifier: MIT
#include "tally_table.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace gridring::extract {

std::string grouped(std::int64_t number) {
    std::string digits = std::to_string(number);
    for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (number < 0 ? 1 : 0); at -= 3)
        digits.insert(static_cast<std::size_t>(at), 1, ',');
    return digits;
}

std::string table_of(const std::vector<Tally>& tallies) {
    std::size_t region = 6, type = 4;
    for (const Tally& tally : tallies) {
        region = std::max(region, tally.region.size());
        type = std::max(type, tally.type.size());
    }
    const auto line = [&](const auto&... cells) {
        return fmt::format("  {:<{}}  {:<{}} {:>10}{:>8}{:>7}{:>9}{:>9}{:>12}{:>11}\n", cells...);
    };
    std::string table =
        line("region", region, "type", type, "rows", "gaps", "runs", "longest", "flagged", "duplicates", "conflicts");
    for (const Tally& tally : tallies)
        table += line(tally.region, region, tally.type, type, grouped(tally.rows), grouped(tally.gaps),
                      grouped(tally.gap_runs), grouped(tally.longest_gap), grouped(tally.flagged),
                      grouped(tally.duplicates), grouped(tally.conflicts));
    return table;
}

}  // namespace gridring::extract
