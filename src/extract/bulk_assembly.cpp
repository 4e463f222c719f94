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

std::size_t hours_between(Hour from, Hour to) { return static_cast<std::size_t>((to - from).count()); }

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

/// Values, cleaned values, flags and tracks of all cells: what is not filled is NaN, and takes room all the same.
void warn_of_size(std::size_t cells) {
    constexpr double bytes_a_cell = 30, much = 4e9;
    if (const double bytes = bytes_a_cell * static_cast<double>(cells); bytes > much)
        log::warning(fmt::format(
            "the series takes about {:.0f} GB of memory; --regions, --variables, --from and --to make it smaller",
            bytes / 1e9));
}

}  // namespace

BulkAssembly::BulkAssembly(const ImportOptions& options) : options_(options) {}

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
    auto first = Hour::max(), last = Hour::min();
    for (const Hour hour : stretch.hours)
        if (is_inside(hour)) first = std::min(first, hour), last = std::max(last, hour);
    if (first > last) return;

    quantities_.try_emplace(stretch.quantity.variable, stretch.quantity);
    Line& line = lines_.try_emplace({stretch.quantity.variable, std::string(stretch.region)}, Line{first, Track(0)})
                     .first->second;
    const Hour end = line.first + std::chrono::hours{line.track.values().size()};
    line.track.extend(line.first > first ? hours_between(first, line.first) : 0,
                      last >= end ? hours_between(end, last) + 1 : 0);
    line.first = std::min(line.first, first);
    for (std::size_t i = 0; i < stretch.hours.size(); ++i)
        if (is_inside(stretch.hours[i]))
            line.track.take(hours_between(line.first, stretch.hours[i]), stretch.values[i]);
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

std::pair<Hour, Hour> BulkAssembly::span() const {
    const auto end_of = [](const Line& line) { return line.first + std::chrono::hours{line.track.values().size()}; };
    const auto& first = *std::ranges::min_element(lines_, {}, [](const auto& entry) { return entry.second.first; });
    const auto& last = *std::ranges::max_element(lines_, {}, [&](const auto& entry) { return end_of(entry.second); });
    const Hour from = options_.from.value_or(first.second.first);
    const Hour to = options_.to.value_or(end_of(last.second) - std::chrono::hours{1});
    if ((to - from).count() >= longest_span)
        throw DataError(fmt::format(
            "expected a span of at most {} years, found {} (of {} of {}) to {} (of {} of {}); mend the file, or give "
            "--from and --to",
            longest_span / 8766, to_string(from), first.first.first, first.first.second, to_string(to),
            last.first.first, last.first.second));
    return {from, to};
}

store::SeriesVariable BulkAssembly::variable(const std::string& name, const std::vector<std::string>& regions,
                                             std::size_t hours) const {
    const source::BulkQuantity& quantity = quantities_.at(name);
    store::SeriesVariable variable;
    variable.name = name;
    variable.source_code = quantity.source_code;
    variable.long_name = quantity.long_name;
    variable.values.assign(regions.size() * hours, std::numeric_limits<double>::quiet_NaN());
    variable.flags.assign(regions.size() * hours, series::good);
    for (std::size_t region = 0; region < regions.size(); ++region) {
        const auto found = lines_.find({name, regions[region]});
        if (found == lines_.end()) continue;
        const Track& track = found->second.track;
        std::ranges::copy(track.values(), variable.values.begin() + static_cast<std::ptrdiff_t>(region * hours));
        for (std::size_t hour = 0; hour < hours; ++hour)
            if (track.is_conflicting(hour)) variable.flags[region * hours + hour] = series::conflicting;
    }
    return variable;
}

store::Series BulkAssembly::finish(std::vector<Tally>& tallies) {
    const auto [from, to] = span();
    const std::size_t hours = hours_between(from, to) + 1;
    for (auto& [key, line] : lines_) {
        const std::size_t before = hours_between(from, line.first);
        line.track.extend(before, hours - before - line.track.values().size());
        line.first = from;
    }
    store::Series series;
    series.first = from;
    series.hours = static_cast<std::int64_t>(hours);
    const auto codes = regions();
    warn_of_size(codes.size() * quantities_.size() * hours);
    for (const auto& code : codes)
        series.regions.push_back({code, source::name_of_respondent(code), std::string(zone_of_respondent(code))});
    for (const auto& name : variables()) series.variables.push_back(variable(name, codes, hours));
    series::screen(series);
    for (std::size_t region = 0; region < codes.size(); ++region)
        for (const store::SeriesVariable& variable : series.variables) {
            const auto found = lines_.find({variable.name, codes[region]});
            if (found == lines_.end()) continue;
            Tally& tally = tallies.emplace_back();
            tally.region = codes[region], tally.type = variable.name;
            found->second.track.count(variable, region, hours, tally);
        }
    return series;
}

}  // namespace gridring::extract
