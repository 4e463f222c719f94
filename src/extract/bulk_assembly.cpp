// SPDX-License-Identifier: MIT
#include "bulk_assembly.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::extract {
namespace {

constexpr std::int64_t longest_span =
    std::int64_t{50} * 8766;  // [h] EIA-930 began in 2015; a longer one is a slip in a year

bool is_among(const std::vector<std::string>& wanted, std::string_view name) {
    return wanted.empty() || std::ranges::find(wanted, name) != wanted.end();
}

/// The four quantities of every region, then fuels, then interchange; each beside its adjusted twin.
std::size_t place_of(std::string_view variable) {
    if (variable.starts_with("generation_")) return 100;
    if (variable.starts_with("interchange_")) return 200;
    const auto& known = source::quantities();
    const auto found = std::ranges::find_if(known, [&](const auto& quantity) {
        return variable == quantity.variable || variable == std::string(quantity.variable) + "_adjusted";
    });
    return static_cast<std::size_t>(found - known.begin());
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
    return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

BulkAssembly::BulkAssembly(const ImportOptions& options) : options_(options), store_(folder_of(options.series)) {}

bool BulkAssembly::is_wanted(const source::BulkStretch& stretch) const {
    return is_among(options_.regions, stretch.region) && is_among(options_.variables, stretch.quantity.variable);
}

void BulkAssembly::note(const source::BulkStretch& stretch) {
    if (!seen_regions_.contains(stretch.region)) seen_regions_.emplace(stretch.region);
    if (!seen_variables_.contains(stretch.quantity.variable)) seen_variables_.insert(stretch.quantity.variable);
    const auto [first, last] = std::ranges::minmax(stretch.hours);
    first_seen_ = std::min(first_seen_, first);
    last_seen_ = std::max(last_seen_, last);
}

void BulkAssembly::add(const source::BulkStretch& stretch) {
    note(stretch);
    if (!is_wanted(stretch)) return;
    const auto is_inside = [this](Hour hour) {
        return (!options_.from || hour >= *options_.from) && (!options_.to || hour <= *options_.to);
    };
    if (std::ranges::none_of(stretch.hours, is_inside)) return;

    quantities_.try_emplace(stretch.quantity.variable, stretch.quantity);
    Line& line =
        lines_.try_emplace({stretch.quantity.variable, std::string(stretch.region)}, Line{Track(store_)}).first->second;
    for (std::size_t i = 0; i < stretch.hours.size(); ++i) {
        const Hour hour = stretch.hours[i];
        if (!is_inside(hour)) continue;
        line.first = std::min(line.first, hour);
        line.last = std::max(line.last, hour);
        line.track.take(epoch_hours(hour), stretch.values[i]);
    }
}

std::vector<std::string> BulkAssembly::regions() const {
    if (!options_.regions.empty()) return options_.regions;
    std::set<std::string> codes;
    for (const auto& [key, line] : lines_) codes.insert(key.second);
    return {codes.begin(), codes.end()};
}

std::vector<std::string> BulkAssembly::variables() const {
    std::vector<std::string> names;
    for (const auto& [name, quantity] : quantities_) names.push_back(name);
    std::ranges::sort(names, {},
                      [](const std::string& name) { return std::pair(place_of(name), std::string_view(name)); });
    return names;
}

void BulkAssembly::expect_values() const {
    std::set<std::string, std::less<>> regions;
    for (const auto& [key, line] : lines_) regions.insert(key.second);
    std::vector<std::string> absent;
    for (const auto& code : options_.regions)
        if (!regions.contains(code)) absent.push_back("region " + code);
    for (const auto& name : options_.variables)
        if (!quantities_.contains(name)) absent.push_back("variable " + name);
    if (!lines_.empty() && absent.empty()) return;
    if (seen_regions_.empty()) throw DataError("expected values in the files, found empty cells alone");
    throw DataError(
        fmt::format("expected values of all that was asked for, found none of {}; the files hold {} to {}, regions {}, "
                    "variables {}",
                    absent.empty() ? "these hours" : fmt::format("{}", fmt::join(absent, ", ")), to_string(first_seen_),
                    to_string(last_seen_), fmt::join(seen_regions_, ", "), fmt::join(seen_variables_, ", ")));
}

std::string BulkAssembly::zone_of(const std::string& code) const {
    const bool is_told = options_.own && !options_.own->time_zone.empty();
    return is_told ? options_.own->time_zone : std::string(zone_of_respondent(code));
}

std::pair<Hour, Hour> BulkAssembly::span() const {
    const auto& first = *std::ranges::min_element(lines_, {}, [](const auto& entry) { return entry.second.first; });
    const auto& last = *std::ranges::max_element(lines_, {}, [](const auto& entry) { return entry.second.last; });
    const Hour from = options_.from.value_or(first.second.first), to = options_.to.value_or(last.second.last);
    if ((to - from).count() >= longest_span)
        throw DataError(fmt::format(
            "expected a span of at most {} years, found {} (of {} of {}) to {} (of {} of {}); mend the file, or give "
            "--from and --to",
            longest_span / 8766, to_string(from), first.first.first, first.first.second, to_string(to),
            last.first.first, last.first.second));
    return {from, to};
}

TrackTable BulkAssembly::table() const {
    const auto [from, to] = span();
    TrackTable table;
    table.about.first = from;
    table.about.hours = (to - from).count() + 1;
    const auto codes = regions();
    for (const auto& code : codes)
        table.about.regions.push_back({code, source::name_of_respondent(code), zone_of(code)});
    for (const auto& name : variables()) {
        const source::BulkQuantity& quantity = quantities_.at(name);
        TrackTable::Variable& variable = table.variables.emplace_back();
        variable.about.name = variable.tally = name;
        variable.about.source_code = quantity.source_code;
        variable.about.long_name = quantity.long_name;
        variable.about.units = quantity.units;
        variable.first = epoch_hours(from);
        for (const auto& code : codes) {
            const auto found = lines_.find({name, code});
            variable.tracks.push_back(found == lines_.end() ? nullptr : &found->second.track);
        }
    }
    return table;
}

}  // namespace gridring::extract
