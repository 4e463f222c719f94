// SPDX-License-Identifier: MIT
#include "assembly.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace gridring::extract {
namespace {

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::ranges::find(names, name) != names.end();
}

/// A sub-region is called after its balancing authority, whose clock it keeps.
std::string parent_of(const std::string& region) { return region.substr(0, region.find('-')); }

}  // namespace

Assembly::Assembly(const Options& options, const std::filesystem::path& spill) : options_(options), store_(spill) {}

Assembly::Entry* Assembly::find(const source::Window& window, const source::Column& column) {
    const bool is_region_data = window.route->name == "region-data";
    if (!has(options_.regions, column.region) || (is_region_data && !has(options_.types, column.item))) return nullptr;
    const Key key{window.route, column.region, column.item};
    const auto found = entries_.find(key);
    if (found != entries_.end()) return &found->second;
    source::Place place = source::place_of(*window.route, column.region, column.item, column.item_name);
    const auto is_same = [&](const auto& entry) { return entry.second.place.variable == place.variable; };
    if (!place.is_known && std::ranges::none_of(entries_, is_same))
        log::warning(fmt::format("{}: {} ({}) is not known to gridring; its rows become {}", window.route->name,
                                 column.item, column.item_name, place.variable));
    return &entries_.emplace(key, Entry{std::move(place), Track(store_)}).first->second;
}

void Assembly::begin_anew(const source::Window& window) {
    const Hour first = std::max(window.first, options_.from), last = std::min(window.last, options_.to);
    if (first > last) return;
    for (auto& [key, entry] : entries_)
        if (key.route == window.route && has(window.regions, key.region) &&
            (window.items.empty() || has(window.items, key.item)))
            entry.track.begin_anew((first - options_.from).count(), (last - options_.from).count() + 1);
}

void Assembly::take(Entry& entry, const source::Row& row, const std::string& retrieved_at) {
    if (row.period < options_.from || row.period > options_.to) return;
    const auto before = entry.track.take((row.period - options_.from).count(), row.value);
    if (before)
        revisions_.push_back(
            {&entry.place, row.period, *before, row.value, &*revision_times_.insert(retrieved_at).first});
}

void Assembly::add(const source::Window& window, std::vector<source::Page>& pages, const std::string& retrieved_at) {
    begin_anew(window);
    for (source::Page& page : pages) {
        std::vector<bool> is_asked_for;
        std::vector<Entry*> entries;
        for (const source::Column& column : page.columns) {
            is_asked_for.push_back(has(window.regions, column.region) &&
                                   (window.items.empty() || has(window.items, column.item)));
            entries.push_back(is_asked_for.back() ? find(window, column) : nullptr);
        }
        for (const source::Row& row : page.rows) {
            const source::Column& column = page.columns[row.column];
            if (!is_asked_for[row.column] || row.period < window.first || row.period > window.last)
                page.bad_rows.push_back(
                    fmt::format("{} {} {}: nobody asked for it", to_string(row.period), column.region, column.item));
            else if (entries[row.column])
                take(*entries[row.column], row, retrieved_at);
        }
    }
}

void Assembly::expect_rows_everywhere() const {
    if (!has(options_.datasets, "region-data")) {
        const bool is_empty = std::ranges::none_of(entries_, [](const auto& e) { return e.second.track.rows() > 0; });
        if (is_empty)
            throw DataError(
                fmt::format("expected rows from {} to {}, found none: {}; choose other hours, regions or "
                            "data sets",
                            to_string(options_.from), to_string(options_.to), fmt::join(absent_regions(), "; ")));
        return;
    }
    const source::Route& route = source::require_route("region-data");
    std::string problems;
    for (const auto& region : options_.regions)
        for (const auto& type : options_.types) {
            const auto found = entries_.find({&route, region, type});
            if (found == entries_.end() || found->second.track.rows() == 0)
                problems += fmt::format(
                    "{}region {} has zero rows of type {} ({}) from {} to {}", problems.empty() ? "" : "\n", region,
                    type, source::require_quantity(type).variable, to_string(options_.from), to_string(options_.to));
        }
    if (!problems.empty()) throw DataError(problems + "; choose other hours, or leave out the region or the type");
}

std::vector<std::string> Assembly::absent_regions() const {
    std::vector<std::string> absent;
    for (const auto& dataset : options_.datasets) {
        if (dataset == "region-data") continue;
        const source::Route& route = source::require_route(dataset);
        for (const auto& region : options_.regions)
            if (std::ranges::none_of(entries_, [&](const auto& entry) {
                    return entry.first.route == &route && entry.first.region == region && entry.second.track.rows() > 0;
                }))
                absent.push_back(fmt::format("{}: no rows of {}", dataset, region));
    }
    return absent;
}

/// In the order asked for, each with its sub-regions behind it.
std::vector<std::string> Assembly::regions() const {
    std::set<std::string> found;
    for (const auto& [key, entry] : entries_)
        if (entry.track.rows() > 0) found.insert(entry.place.region);
    std::vector<std::string> regions;
    for (const auto& asked_for : options_.regions)
        for (const auto& region : found)
            if (parent_of(region) == asked_for) regions.push_back(region);
    return regions;
}

std::vector<const source::Place*> Assembly::variables() const {
    std::map<std::pair<std::ptrdiff_t, std::string>, const source::Place*> ordered;
    std::set<std::string> seen;
    std::ptrdiff_t rank = 0;
    for (const auto& dataset : options_.datasets) {
        const source::Route& route = source::require_route(dataset);
        for (const auto& [key, entry] : entries_) {
            if (key.route != &route || entry.track.rows() == 0 || !seen.insert(entry.place.variable).second) continue;
            const bool is_region_data = dataset == "region-data";
            const auto type = std::ranges::find(options_.types, key.item) - options_.types.begin();
            ordered[{rank + (is_region_data ? type : 0), entry.place.variable}] = &entry.place;
        }
        rank += std::ssize(options_.types);
    }
    std::vector<const source::Place*> variables;
    for (const auto& [key, place] : ordered) variables.push_back(place);
    return variables;
}

std::vector<const Track*> Assembly::tracks(const source::Place& place, const std::vector<std::string>& regions) const {
    std::vector<const Track*> tracks(regions.size(), nullptr);
    for (const auto& [key, entry] : entries_) {
        if (entry.place.variable != place.variable || entry.track.rows() == 0) continue;
        const auto at = static_cast<std::size_t>(std::ranges::find(regions, entry.place.region) - regions.begin());
        if (at < regions.size()) tracks[at] = &entry.track;
    }
    return tracks;
}

TrackTable Assembly::table() const {
    TrackTable table;
    table.about.first = options_.from;
    table.about.hours = (options_.to - options_.from).count() + 1;
    const auto codes = regions();
    for (const auto& code : codes) {
        const auto entry = std::ranges::find_if(entries_, [&](const auto& e) { return e.second.place.region == code; });
        table.about.regions.push_back(
            {code, entry->second.place.region_name, std::string(zone_of_respondent(parent_of(code)))});
    }
    for (const source::Place* place : variables()) {
        TrackTable::Variable& variable = table.variables.emplace_back();
        variable.about.name = place->variable;
        variable.about.source_code = place->source_code;
        variable.about.long_name = place->long_name;
        const bool is_region_data = std::ranges::find(source::quantities(), place->variable,
                                                      &source::Quantity::variable) != source::quantities().end();
        variable.tally = is_region_data ? place->source_code : place->variable;  // NG is a fuel as well
        variable.tracks = tracks(*place, codes);
    }
    return table;
}

}  // namespace gridring::extract
