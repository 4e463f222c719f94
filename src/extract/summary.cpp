// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "gridring/extract/extract.hpp"
#include "tally_table.hpp"

namespace gridring::extract {

std::string to_text(const Summary& summary) {
    std::string text = "extraction\n";
    const auto line = [&text](std::string_view name, const std::string& value) {
        text += fmt::format("  {:<10}{}\n", name, value);
    };
    line("period", fmt::format("{} to {} UTC ({} hours)", to_string(summary.from), to_string(summary.to),
                               grouped(summary.hours)));
    line("source", fmt::format("{} (API {})", summary.source,
                               summary.api_version.empty() ? "version unknown" : summary.api_version));
    line("requests", fmt::format("{} ({} retried, {} windows begun again), {:.1f} MB received",
                                 grouped(summary.requests), grouped(summary.retries), grouped(summary.restarts),
                                 static_cast<double>(summary.bytes_on_wire) / 1e6));
    line("records", fmt::format("{}{}{}", grouped(summary.records), summary.pages_on_disk > 0 ? " new" : "",
                                summary.bad_rows > 0
                                    ? fmt::format(", {} of them unreadable and left out", grouped(summary.bad_rows))
                                    : ""));
    line("gaps", fmt::format("{} hours without a value, in {} runs", grouped(summary.gaps), grouped(summary.gap_runs)));
    line("duration", fmt::format("{:.1f} s, {} records/s", summary.seconds,
                                 grouped(static_cast<std::int64_t>(summary.records_per_second))));
    line("series", summary.series.string());
    line("raw pages", fmt::format("{} ({} new, {} there before; no key in them)", summary.raw.string(),
                                  grouped(summary.pages), grouped(summary.pages_on_disk)));
    if (summary.revisions > 0)
        line("revisions", fmt::format("{} values, see revisions.csv", grouped(summary.revisions)));
    std::int64_t partial = 0;
    for (const Tally& tally : summary.tallies) partial += tally.partial;
    if (partial > 0)
        line("partial", fmt::format("{} of the hours without a value had some of theirs", grouped(partial)));
    for (const auto& request : summary.empty) line("no data", request);
    for (const auto& request : summary.failed) line("FAILED", request);
    return text + table_of(summary.tallies);
}

std::string to_text(const Plan& plan) {
    std::string text = fmt::format("plan: {} requests, about {:.0f} s", grouped(plan.requests), plan.seconds);
    if (plan.pages_on_disk > 0) text += fmt::format("; {} pages are there already", grouped(plan.pages_on_disk));
    for (const auto& part : plan.parts)
        text += fmt::format("\n  {:<20}{} regions, {} hours, up to {} rows in {} requests", part.dataset, part.regions,
                            grouped(part.hours), grouped(part.rows), grouped(part.requests));
    std::int64_t of_parts = 0;
    for (const auto& part : plan.parts) of_parts += part.requests;
    if (plan.requests > of_parts)
        text += fmt::format("\n  {:<20}which regions and rows there are: {} requests, made already", "",
                            grouped(plan.requests - of_parts));
    return text;
}

std::string to_json(const Summary& summary) {
    nlohmann::ordered_json regions = nlohmann::ordered_json::array();
    for (const Tally& tally : summary.tallies)
        regions.push_back({{"code", tally.region},
                           {"type", tally.type},
                           {"rows", tally.rows},
                           {"nulls", tally.nulls},
                           {"gap_hours", tally.gaps},
                           {"gap_runs", tally.gap_runs},
                           {"longest_gap_hours", tally.longest_gap},
                           {"duplicates", tally.duplicates},
                           {"conflicts", tally.conflicts},
                           {"flagged", tally.flagged},
                           {"partial_hours", tally.partial}});
    const nlohmann::ordered_json json{{"base_url", summary.source},
                                      {"api_version", summary.api_version},
                                      {"from", to_string(summary.from)},
                                      {"to", to_string(summary.to)},
                                      {"hours", summary.hours},
                                      {"requests", summary.requests},
                                      {"retries", summary.retries},
                                      {"restarts", summary.restarts},
                                      {"pages", summary.pages},
                                      {"pages_on_disk", summary.pages_on_disk},
                                      {"revisions", summary.revisions},
                                      {"records", summary.records},
                                      {"bad_rows", summary.bad_rows},
                                      {"gap_hours", summary.gaps},
                                      {"gap_runs", summary.gap_runs},
                                      {"bytes_on_wire", summary.bytes_on_wire},
                                      {"seconds", summary.seconds},
                                      {"records_per_second", summary.records_per_second},
                                      {"cpu_seconds",
                                       {{"receive", summary.cpu_seconds.receive},
                                        {"parse", summary.cpu_seconds.parse},
                                        {"keep", summary.cpu_seconds.keep},
                                        {"assemble", summary.cpu_seconds.assemble},
                                        {"screen", summary.cpu_seconds.screen},
                                        {"write", summary.cpu_seconds.write}}},
                                      {"series", summary.series.string()},
                                      {"raw_folder", summary.raw.string()},
                                      {"failed_requests", summary.failed},
                                      {"empty_requests", summary.empty},
                                      {"regions", regions}};
    return json.dump(2) + "\n";
}

}  // namespace gridring::extract
