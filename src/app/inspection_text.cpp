// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <cmath>

#include "app/inspection.hpp"

namespace gridring::app {
namespace {

std::string header_of(const Inspection& inspection) {
    const store::Series& series = inspection.series;
    return fmt::format(
        "{}: {} to {} (UTC, hour ending), {} hours, {} regions\nfrom {} ({}), retrieved {}\n", inspection.file,
        to_string(series.first), to_string(series.first + std::chrono::hours{series.hours - 1}), series.hours,
        series.regions.size(), series.provenance.source, series.provenance.source_url, series.provenance.retrieved_at);
}

std::string flags_of(const SeriesFacts& facts, const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t bit = 0; bit < facts.flags.size(); ++bit)
        if (facts.flags[bit] > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", names[bit], facts.flags[bit]);
    return text.empty() ? text : fmt::format("{:9}flagged: {}\n", "", text);
}

/// Megawatts whole, prices to the cent.
std::string amount(double value) { return fmt::format("{:.{}f}", value, std::abs(value) >= 1000 ? 0 : 2); }

std::string row_of(const SeriesFacts& facts, const store::Series& series, const std::string& units) {
    return fmt::format("  {:<6} {:>8} hours, {} to {}, {:>6} missing in {:>4} gaps, longest {:>4} h  {}\n",
                       facts.region, facts.hours, to_string(facts.first), to_string(facts.last), facts.missing,
                       facts.gaps, facts.longest_gap, sparkline(facts.means)) +
           fmt::format("{:9}least {}, median {}, most {} {}\n", "", amount(facts.least), amount(facts.median),
                       amount(facts.most), units) +
           flags_of(facts, series.flag_names);
}

/// Of the regions without a value, all in one line: those of interchange and fuels are many.
std::string absent_of(const std::vector<SeriesFacts>& regions) {
    std::string list;
    for (const SeriesFacts& facts : regions)
        if (facts.hours == 0) list += fmt::format("{}{}", list.empty() ? "" : ", ", facts.region);
    return list.empty() ? list : fmt::format("  no value: {}\n", list);
}

std::string misalignments_of(const Inspection& inspection) {
    std::string text;
    for (const auto& [region, stretch] : inspection.misalignments)
        text += fmt::format(
            "  {:<6} {} to {}: fits when moved by {:+} h; mean absolute error {:.2f} % as it stands, {:.2f} % moved\n",
            region, to_string(stretch.first), to_string(stretch.last), stretch.shift_hours, stretch.error,
            stretch.error_shifted);
    return text.empty() ? text : "demand_forecast beside the wrong hours:\n" + text;
}

std::string share(double value) { return std::isnan(value) ? "-" : fmt::format("{:.3f}", value); }

std::string labels_of(const Inspection& inspection) {
    if (inspection.labels.empty()) return {};
    std::string text = fmt::format("flags of demand against labels:\n  {:<6} {:<22}{:>9}{:>9}{:>9}{:>11}{:>8}\n",
                                   "region", "class", "labelled", "flagged", "both", "precision", "recall");
    for (const LabelScore& score : inspection.labels)
        text += fmt::format("  {:<6} {:<22}{:>9}{:>9}{:>9}{:>11}{:>8}\n", score.region, score.class_name,
                            score.labelled, score.flagged, score.both, share(score.precision()), share(score.recall()));
    return text;
}

}  // namespace

std::string to_text(const Inspection& inspection) {
    std::string text = header_of(inspection);
    for (std::size_t v = 0; v < inspection.facts.size(); ++v) {
        const store::SeriesVariable& variable = inspection.series.variables[v];
        text +=
            fmt::format("{} ({}), {}: {}{}\n", variable.name, variable.source_code, variable.units, variable.long_name,
                        variable.cleaned.empty()
                            ? ""
                            : fmt::format("; {}_clean beside it ({})", variable.name, variable.cleaning_method));
        for (const SeriesFacts& facts : inspection.facts[v])
            if (facts.hours > 0) text += row_of(facts, inspection.series, variable.units);
        text += absent_of(inspection.facts[v]);
    }
    return text + misalignments_of(inspection) + labels_of(inspection);
}

}  // namespace gridring::app
