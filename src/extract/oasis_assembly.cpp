// SPDX-License-Identifier: MIT
#include "oasis_assembly.hpp"

#include <algorithm>
#include <set>

namespace gridring::extract {
namespace {

std::int64_t intervals_an_hour(const source::OasisReport& report) { return 60 / report.minutes; }

}  // namespace

OasisAssembly::OasisAssembly(const CaisoOptions& options, std::vector<const source::OasisReport*> reports)
    : options_(options),
      reports_(std::move(reports)),
      hours_((options.to - options.from).count() + 1),
      store_(options.folder) {}

bool OasisAssembly::is_wanted(const source::OasisReport& report, const std::string& location) const {
    const auto& wanted = report.is_nodal ? options_.nodes : options_.zones;
    return std::ranges::find(wanted, location) != wanted.end() || (wanted.empty() && !report.is_nodal);
}

void OasisAssembly::add(const source::OasisReport& report, const source::OasisPage& page) {
    const auto number = static_cast<std::size_t>(std::ranges::find(reports_, &report) - reports_.begin());
    const std::int64_t intervals = hours_ * intervals_an_hour(report);
    const auto first_end = std::chrono::sys_time<std::chrono::minutes>(options_.from - std::chrono::hours{1}) +
                           std::chrono::minutes{report.minutes};
    if (!report.is_nodal) seen_zones_.insert(page.locations.begin(), page.locations.end());
    std::vector<Track*> known(page.locations.size() * report.items.size(), nullptr);
    for (const source::OasisRow& row : page.rows) {
        const auto at = (row.end - first_end).count() / report.minutes;
        if (row.end < first_end || at >= intervals) continue;
        if (!is_wanted(report, page.locations[row.location])) continue;
        Track*& track = known[row.location * report.items.size() + row.item];
        if (!track)
            track = &tracks_.try_emplace({{number, row.item}, page.locations[row.location]}, store_).first->second;
        track->take(at, row.value);
    }
}

std::vector<std::string> OasisAssembly::absent_locations() const {
    const bool has_nodal = std::ranges::any_of(reports_, &source::OasisReport::is_nodal);
    const bool has_zonal = !std::ranges::all_of(reports_, &source::OasisReport::is_nodal);
    std::vector<std::string> absent_ones;
    const auto look_for = [&](const std::vector<std::string>& codes) {
        for (const auto& code : codes)
            if (std::ranges::none_of(tracks_, [&](const auto& entry) { return entry.first.second == code; }))
                absent_ones.push_back(code);
    };
    if (has_zonal) look_for(options_.zones);
    if (has_nodal) look_for(options_.nodes);
    return absent_ones;
}

/// In the order asked for, the others by code.
std::vector<std::string> OasisAssembly::regions() const {
    std::set<std::string> left;
    for (const auto& [key, track] : tracks_) left.insert(key.second);
    std::vector<std::string> regions;
    for (const auto* asked_for : {&options_.zones, &options_.nodes})
        for (const auto& code : *asked_for)
            if (left.erase(code) > 0) regions.push_back(code);
    const auto zones_end = std::ranges::find_if(
        regions, [&](const auto& code) { return std::ranges::find(options_.nodes, code) != options_.nodes.end(); });
    regions.insert(zones_end, left.begin(), left.end());
    return regions;
}

const Track* OasisAssembly::find(std::size_t report, std::size_t item, const std::string& location) const {
    const auto found = tracks_.find({{report, item}, location});
    return found == tracks_.end() ? nullptr : &found->second;
}

TrackTable OasisAssembly::table() const {
    TrackTable table;
    table.about.first = options_.from;
    table.about.hours = hours_;
    const auto codes = regions();
    for (const auto& code : codes)
        table.about.regions.push_back({code, source::name_of_location(code), source::zone_of_location(code)});
    for (std::size_t r = 0; r < reports_.size(); ++r)
        for (std::size_t i = 0; i < reports_[r]->items.size(); ++i) {
            const source::OasisItem& item = reports_[r]->items[i];
            TrackTable::Variable variable;
            for (const auto& code : codes) variable.tracks.push_back(find(r, i, code));
            if (std::ranges::all_of(variable.tracks, [](const Track* track) { return track == nullptr; })) continue;
            variable.about.name = variable.tally = item.variable;
            variable.about.source_code =
                std::string(reports_[r]->name) + (item.code.empty() ? "" : "/") + std::string(item.code);
            variable.about.long_name = item.long_name;
            variable.about.units = reports_[r]->units;
            variable.intervals_an_hour = intervals_an_hour(*reports_[r]);
            table.variables.push_back(std::move(variable));
        }
    return table;
}

}  // namespace gridring::extract
