// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "gridring/extract/import.hpp"
#include "tally_table.hpp"

namespace gridring::extract {
namespace {

constexpr std::size_t most_lines = 40;  // a year of all regions and fuels would be a thousand

std::vector<Tally> sums_over_regions(const std::vector<Tally>& tallies) {
    std::vector<Tally> sums;
    std::map<std::string, std::int64_t> regions;
    for (const Tally& tally : tallies) {
        auto sum = std::ranges::find(sums, tally.type, &Tally::type);
        if (sum == sums.end()) sum = sums.insert(sum, Tally{.region = {}, .type = tally.type});
        ++regions[tally.type];
        sum->rows += tally.rows;
        sum->gaps += tally.gaps;
        sum->gap_runs += tally.gap_runs;
        sum->longest_gap = std::max(sum->longest_gap, tally.longest_gap);
        sum->duplicates += tally.duplicates;
        sum->conflicts += tally.conflicts;
        sum->flagged += tally.flagged;
    }
    for (Tally& sum : sums) sum.region = fmt::format("all {}", regions[sum.type]);
    return sums;
}

std::string megabytes(std::int64_t bytes) { return fmt::format("{:.1f} MB", static_cast<double>(bytes) / 1e6); }

}  // namespace

std::string to_text(const ImportSummary& summary) {
    std::string text = "import\n";
    const auto line = [&text](std::string_view name, const std::string& value) {
        text += fmt::format("  {:<10}{}\n", name, value);
    };
    line("period", fmt::format("{} to {} UTC ({} hours)", to_string(summary.from), to_string(summary.to),
                               grouped(summary.hours)));
    line("files",
         fmt::format("{}, {}{}", summary.files.size(), megabytes(summary.bytes_on_wire),
                     summary.bytes == summary.bytes_on_wire ? "" : ", " + megabytes(summary.bytes) + " unpacked"));
    constexpr std::size_t most_files = 20;
    for (std::size_t i = 0; i < std::min(summary.files.size(), most_files); ++i) {
        const auto& [name, kind, rows] = summary.files[i];
        line("", fmt::format("{} ({}, {} rows)", name, kind, grouped(rows)));
    }
    if (summary.files.size() > most_files) line("", fmt::format("and {} more", summary.files.size() - most_files));
    line("rows",
         fmt::format("{}{}", grouped(summary.records),
                     summary.bad_rows > 0 ? fmt::format(", {} of them unreadable and left out; they are named above",
                                                        grouped(summary.bad_rows))
                                          : ""));
    line("regions", fmt::format("{}, {} variables", grouped(summary.regions), grouped(summary.variables)));
    line("gaps", fmt::format("{} hours without a value, in {} runs", grouped(summary.gaps), grouped(summary.gap_runs)));
    line("duration", fmt::format("{:.1f} s, reading {:.1f} s ({:.0f} MB/s)", summary.seconds, summary.reading_seconds,
                                 static_cast<double>(summary.bytes) / 1e6 / summary.reading_seconds));
    line("series", summary.series.string());
    return text + table_of(summary.tallies.size() > most_lines ? sums_over_regions(summary.tallies) : summary.tallies);
}

}  // namespace gridring::extract
