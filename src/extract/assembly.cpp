// SPDX-License-Identifier: MIT
#include "assembly.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"

namespace gridring::extract {
namespace {

std::string name_of(const std::string& code, const std::vector<source::Facet>& names) {
    const auto found = std::ranges::find(names, code, &source::Facet::id);
    return found == names.end() ? source::name_of_respondent(code) : found->name;
}

}  // namespace

Assembly::Assembly(const Options& options)
    : options_(options),
      hours_(static_cast<std::size_t>((options.to - options.from).count() + 1)),
      tracks_(options.types.size() * options.regions.size(), Track(hours_)) {}

Track* Assembly::find(const source::Row& row) {
    const auto type = std::ranges::find(options_.types, row.type) - options_.types.begin();
    const auto region = std::ranges::find(options_.regions, row.respondent) - options_.regions.begin();
    const auto regions = std::ssize(options_.regions);
    if (type == std::ssize(options_.types) || region == regions || row.period < options_.from ||
        row.period > options_.to)
        return nullptr;
    return &tracks_[static_cast<std::size_t>(type * regions + region)];
}

void Assembly::add(source::Page& page) {
    for (const source::Row& row : page.rows) {
        Track* track = find(row);
        if (!track) {
            page.bad_rows.push_back(
                fmt::format("{} {} {}: nobody asked for it", to_string(row.period), row.respondent, row.type));
            continue;
        }
        track->take(static_cast<std::size_t>((row.period - options_.from).count()), row.value);
    }
}

void Assembly::expect_rows_everywhere() const {
    std::string problems;
    for (std::size_t region = 0; region < options_.regions.size(); ++region)
        for (std::size_t type = 0; type < options_.types.size(); ++type)
            if (track(type, region).rows() == 0)
                problems += fmt::format("{}region {} has zero rows of type {} ({}) from {} to {}",
                                        problems.empty() ? "" : "\n", options_.regions[region], options_.types[type],
                                        source::require_quantity(options_.types[type]).variable,
                                        to_string(options_.from), to_string(options_.to));
    if (!problems.empty()) throw DataError(problems + "; choose other hours, or leave out the region or the type");
}

store::SeriesVariable Assembly::variable(std::size_t type) const {
    const source::Quantity& quantity = source::require_quantity(options_.types[type]);
    store::SeriesVariable variable;
    variable.name = quantity.variable;
    variable.source_code = quantity.code;
    variable.long_name = quantity.long_name;
    for (std::size_t region = 0; region < options_.regions.size(); ++region) {
        const Track& from = track(type, region);
        variable.values.insert(variable.values.end(), from.values().begin(), from.values().end());
        for (std::size_t hour = 0; hour < hours_; ++hour)
            variable.flags.push_back(from.is_conflicting(hour) ? series::conflicting : series::good);
    }
    return variable;
}

store::Series Assembly::finish(const std::vector<source::Facet>& names, std::vector<Tally>& tallies) const {
    store::Series series;
    series.first = options_.from;
    series.hours = static_cast<std::int64_t>(hours_);
    for (const auto& code : options_.regions)
        series.regions.push_back({code, name_of(code, names), std::string(zone_of_respondent(code))});
    for (std::size_t type = 0; type < options_.types.size(); ++type) series.variables.push_back(variable(type));
    series::screen(series);
    for (std::size_t region = 0; region < options_.regions.size(); ++region)
        for (std::size_t type = 0; type < options_.types.size(); ++type) {
            Tally& tally = tallies.emplace_back();
            tally.region = options_.regions[region], tally.type = options_.types[type];
            track(type, region).count(series.variables[type], region, hours_, tally);
        }
    return series;
}

}  // namespace gridring::extract
