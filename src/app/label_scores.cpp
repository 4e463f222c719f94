// SPDX-License-Identifier: MIT
#include "app/label_scores.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <span>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/source/labels.hpp"

namespace gridring::app {
namespace {

struct Class {
    const char* name;
    series::Flag flag;
};
constexpr std::array classes{Class{"MISSING", series::missing},
                             Class{"NEG_OR_ZERO", series::negative_or_zero},
                             Class{"IDENTICAL_RUN", series::identical_run},
                             Class{"GLOBAL_DEM", series::global_demand},
                             Class{"GLOBAL_DEM_PLUS_MINUS", series::global_demand_plus_minus},
                             Class{"LOCAL_DEM_UP", series::local_demand_up},
                             Class{"LOCAL_DEM_DOWN", series::local_demand_down},
                             Class{"DELTA", series::delta},
                             Class{"SINGLE_DELTA", series::single_delta},
                             Class{"ANOMALOUS_REGION", series::anomalous_region}};
constexpr const char* good_class = "OKAY";

using Scores = std::array<LabelScore, classes.size()>;

Scores empty_scores(const std::string& region) {
    Scores scores;
    for (std::size_t c = 0; c < classes.size(); ++c) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(static_cast<unsigned>(classes[c].flag)));
        scores[c] = {region, classes[c].name, series::flag_names()[bit]};
    }
    return scores;
}

/// 0 for OKAY.
std::uint16_t flag_of(const std::string& label, const std::string& region) {
    if (label == good_class) return series::good;
    if (const auto found = std::ranges::find(classes, label, &Class::name); found != classes.end()) return found->flag;
    std::array<std::string_view, classes.size()> names;
    std::ranges::transform(classes, names.begin(), &Class::name);
    throw DataError(fmt::format("labels of {}: expected {} or one of {}, found '{}'", region, good_class,
                                fmt::join(names, ", "), label));
}

Scores score_region(const store::Series& series, std::span<const std::uint16_t> flags, const std::string& region,
                    const source::Labels& labels) {
    Scores scores = empty_scores(region);
    for (const auto& [hour, label] : labels) {
        const std::uint16_t labelled = flag_of(label, region);
        const auto at = (hour - series.first).count();
        if (at < 0 || at >= series.hours) continue;
        const std::uint16_t flagged = flags[static_cast<std::size_t>(at)];
        for (std::size_t c = 0; c < classes.size(); ++c) {
            scores[c].labelled += labelled == classes[c].flag;
            scores[c].flagged += (flagged & classes[c].flag) != 0;
            scores[c].both += labelled == classes[c].flag && (flagged & classes[c].flag) != 0;
        }
    }
    return scores;
}

void append(const Scores& scores, std::vector<LabelScore>& found) {
    std::ranges::copy_if(scores, std::back_inserter(found),
                         [](const LabelScore& score) { return score.labelled + score.flagged > 0; });
}

void add(const Scores& scores, Scores& sum) {
    for (std::size_t c = 0; c < classes.size(); ++c)
        sum[c].labelled += scores[c].labelled, sum[c].flagged += scores[c].flagged, sum[c].both += scores[c].both;
}

std::vector<std::uint16_t> published_flags(const store::Series& series, const store::SeriesVariable& demand,
                                           std::size_t region) {
    const auto hours = static_cast<std::size_t>(series.hours);
    if (demand.flags.empty() || series.flag_names != series::flag_names())
        return series::screen_published(std::span(demand.values).subspan(region * hours, hours));
    const auto flags = std::span(demand.flags).subspan(region * hours, hours);
    return {flags.begin(), flags.end()};
}

}  // namespace

std::vector<LabelScore> score_against_labels(const store::Series& series, const std::filesystem::path& folder) {
    const store::SeriesVariable& demand = series.variable("demand");
    std::vector<LabelScore> found;
    Scores sum = empty_scores("all");
    bool has_labels = false;
    for (std::size_t region = 0; region < series.regions.size(); ++region) {
        const std::string& code = series.regions[region].code;
        const auto labels = source::read_labels(folder, code);
        if (!labels || labels->empty()) {
            log::info(fmt::format("{}: no labels of {}", folder.string(), code));
            continue;
        }
        has_labels = true;
        const Scores scores = score_region(series, published_flags(series, demand, region), code, *labels);
        append(scores, found);
        add(scores, sum);
    }
    if (!has_labels)
        throw DataError(
            fmt::format("{}: expected <REGION>.csv or .csv.gz with labels in a column 'anomaly' for a region "
                        "of the series, found none",
                        folder.string()));
    append(sum, found);
    return found;
}

}  // namespace gridring::app
