// SPDX-License-Identifier: MIT
#include "track_table.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "gridring/series/flags.hpp"

namespace gridring::extract {
namespace {

using Variable = TrackTable::Variable;

/// The hours of one track.
struct Row {
    std::vector<double> values;
    std::vector<std::uint16_t> flags;
    std::vector<double> intervals;     ///< `values`, or what they are the means of
    std::vector<std::uint8_t> states;  ///< of the intervals
};

std::uint16_t flags_of(std::uint8_t states) {
    return static_cast<std::uint16_t>((states & Track::conflicting ? series::conflicting : 0) |
                                      (states & Track::revised ? series::revised : 0));
}

void read_row(const Variable& variable, const Track& track, std::size_t hours, Row& row) {
    const auto per_hour = static_cast<std::size_t>(variable.intervals_an_hour);
    row.intervals.resize(hours * per_hour);
    row.states.resize(hours * per_hour);
    row.values.resize(hours);
    row.flags.resize(hours);
    track.read(variable.first, row.intervals, row.states);
    for (std::size_t hour = 0; hour < hours; ++hour) {
        double sum = 0;
        std::uint8_t states = 0;
        for (std::size_t i = hour * per_hour; i < (hour + 1) * per_hour; ++i) {
            sum += row.intervals[i];  // one that is absent makes it NaN: half an hour is no hour
            states |= row.states[i];
        }
        row.values[hour] = per_hour == 1 ? sum : sum / static_cast<double>(per_hour);
        row.flags[hour] = flags_of(states);
    }
}

/// What came of a screened row.
Tally tally_of(const Track& track, const Row& row) {
    Tally tally;
    tally.rows = track.rows();
    tally.duplicates = track.duplicates();
    const std::size_t per_hour = row.intervals.size() / row.values.size();
    std::int64_t run = 0;
    for (std::size_t hour = 0; hour < row.values.size(); ++hour) {
        const bool is_gap = std::isnan(row.values[hour]);
        run = is_gap ? run + 1 : 0;
        tally.gaps += is_gap;
        tally.gap_runs += run == 1;
        tally.longest_gap = std::max(tally.longest_gap, run);
        tally.flagged += !is_gap && !series::is_good(row.flags[hour]);
        const auto intervals = std::span(row.intervals).subspan(hour * per_hour, per_hour);
        tally.partial += is_gap && std::ranges::any_of(intervals, [](double value) { return !std::isnan(value); });
    }
    for (std::size_t i = 0; i < row.states.size(); ++i) {
        tally.nulls += row.states[i] != Track::absent && std::isnan(row.intervals[i]);
        tally.conflicts += (row.states[i] & Track::conflicting) != 0;
    }
    return tally;
}

/// Screens row by row.
class TableReader {
public:
    TableReader(const TrackTable& table, series::Cleaning clean, StageClock& clock)
        : table_(table), clean_(clean), clock_(clock), hours_(static_cast<std::size_t>(table.about.hours)) {
        const auto demand = std::ranges::find(table.variables, "demand", [](const auto& v) { return v.about.name; });
        if (demand != table.variables.end()) demand_ = &*demand;
    }

    /// Of a region that has the variable. What it reads is in row() and cleaned(), until the next call.
    Tally read(const Variable& variable, std::size_t region) {
        const StageTimer timer(clock_, StageClock::screen);
        const Track& track = *variable.tracks[region];
        read_row(variable, track, hours_, row_);
        series::screen_row({variable.about.name, row_.values, row_.flags}, demand_of(variable, region));
        cleaned_ = series::clean_region(row_.values, row_.flags, clean_);
        Tally tally = tally_of(track, row_);
        tally.region = table_.about.regions[region].code;
        tally.type = variable.tally;
        return tally;
    }
    const Row& row() const { return row_; }
    const std::vector<double>& cleaned() const { return cleaned_; }

    store::SeriesVariable names_of(const Variable& variable) const {
        store::SeriesVariable about = variable.about;
        about.cleaning_method = clean_ == series::Cleaning::none ? "" : series::name_of(clean_);
        return about;
    }

private:
    /// Empty where the variable is no forecast of it, or there is none.
    std::span<const double> demand_of(const Variable& variable, std::size_t region) {
        if (!demand_ || !demand_->tracks[region] || !series::is_demand_forecast(variable.about.name)) return {};
        read_row(*demand_, *demand_->tracks[region], hours_, demand_row_);
        return demand_row_.values;
    }

    const TrackTable& table_;
    const series::Cleaning clean_;
    StageClock& clock_;
    const std::size_t hours_;
    const Variable* demand_ = nullptr;
    Row row_, demand_row_;
    std::vector<double> cleaned_;
};

}  // namespace

std::vector<Tally> write_series(const std::filesystem::path& file, TrackTable table, series::Cleaning clean,
                                StageClock& clock) {
    table.about.flag_names = series::flag_names();
    TableReader reader(table, clean, clock);
    store::SeriesWriter writer(file, table.about);
    const std::size_t variables = table.variables.size(), regions = table.about.regions.size();
    std::vector<std::optional<Tally>> tallies(variables * regions);
    for (std::size_t v = 0; v < variables; ++v) {
        const Variable& variable = table.variables[v];
        {
            const StageTimer timer(clock, StageClock::write);
            writer.begin(reader.names_of(variable), true, clean != series::Cleaning::none);
        }
        for (std::size_t region = 0; region < regions; ++region) {
            if (!variable.tracks[region]) continue;
            tallies[region * variables + v] = reader.read(variable, region);
            const StageTimer timer(clock, StageClock::write);
            writer.row(static_cast<std::int64_t>(region), reader.row().values, reader.row().flags, reader.cleaned());
        }
    }
    const StageTimer timer(clock, StageClock::write);
    writer.publish();
    std::vector<Tally> found;
    for (auto& tally : tallies)
        if (tally) found.push_back(std::move(*tally));
    return found;
}

store::Series series_of(TrackTable table, series::Cleaning clean, StageClock& clock) {
    TableReader reader(table, clean, clock);
    const std::size_t regions = table.about.regions.size(), hours = static_cast<std::size_t>(table.about.hours);
    store::Series series = table.about;
    series.flag_names = series::flag_names();
    for (const Variable& variable : table.variables) {
        store::SeriesVariable& filled = series.variables.emplace_back(reader.names_of(variable));
        filled.values.assign(regions * hours, std::numeric_limits<double>::quiet_NaN());
        filled.flags.assign(regions * hours, series::missing);
        if (clean != series::Cleaning::none) filled.cleaned = filled.values;
        for (std::size_t region = 0; region < regions; ++region) {
            if (!variable.tracks[region]) continue;
            reader.read(variable, region);
            const auto at = static_cast<std::ptrdiff_t>(region * hours);
            std::ranges::copy(reader.row().values, filled.values.begin() + at);
            std::ranges::copy(reader.row().flags, filled.flags.begin() + at);
            std::ranges::copy(reader.cleaned(), filled.cleaned.begin() + (filled.cleaned.empty() ? 0 : at));
        }
    }
    return series;
}

}  // namespace gridring::extract
