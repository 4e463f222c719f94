// SPDX-License-Identifier: MIT
#include "assembly.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"

namespace gridring::extract {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
enum State : std::uint8_t { absent, present, conflicting };

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::string name_of(const std::string& code, const std::vector<source::Facet>& names) {
    const auto found = std::ranges::find(names, code, &source::Facet::id);
    return found == names.end() ? source::name_of_respondent(code) : found->name;
}

}  // namespace

Assembly::Assembly(const Options& options)
    : options_(options),
      hours_(static_cast<std::size_t>((options.to - options.from).count() + 1)),
      tracks_(options.types.size() * options.regions.size(),
              Track{std::vector<double>(hours_, none), std::vector<std::uint8_t>(hours_, absent)}) {}

Assembly::Track* Assembly::find(const source::Row& row) {
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
        const auto hour = static_cast<std::size_t>((row.period - options_.from).count());
        if (track->state[hour] == absent) {
            track->state[hour] = present;
            track->values[hour] = row.value;
            ++track->rows;
        } else if (is_same(track->values[hour], row.value)) {
            ++track->duplicates;
        } else {
            track->state[hour] = conflicting;
        }
    }
}

void Assembly::expect_rows_everywhere() const {
    std::string problems;
    for (std::size_t region = 0; region < options_.regions.size(); ++region)
        for (std::size_t type = 0; type < options_.types.size(); ++type)
            if (track(type, region).rows == 0)
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
        variable.values.insert(variable.values.end(), from.values.begin(), from.values.end());
        for (const auto state : from.state)
            variable.flags.push_back(state == conflicting ? series::conflicting : series::good);
    }
    return variable;
}

Tally Assembly::tally(std::size_t type, std::size_t region, const store::SeriesVariable& variable) const {
    const Track& from = track(type, region);
    Tally tally{options_.regions[region], options_.types[type]};
    tally.rows = from.rows;
    tally.duplicates = from.duplicates;
    tally.conflicts = std::ranges::count(from.state, conflicting);
    std::int64_t run = 0;
    for (std::size_t hour = 0; hour < hours_; ++hour) {
        const bool is_gap = std::isnan(from.values[hour]);
        run = is_gap ? run + 1 : 0;
        tally.gaps += is_gap;
        tally.gap_runs += run == 1;
        tally.longest_gap = std::max(tally.longest_gap, run);
        tally.nulls += is_gap && from.state[hour] != absent;
        tally.flagged += !is_gap && variable.flags[region * hours_ + hour] != series::good;
    }
    return tally;
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
        for (std::size_t type = 0; type < options_.types.size(); ++type)
            tallies.push_back(tally(type, region, series.variables[type]));
    return series;
}

}  // namespace gridring::extract
