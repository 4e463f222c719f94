// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "gridring/core/calendar.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::series {

/// What enters forecasts beside demand: names of variables of series.h5.
struct CovariateNames {
    std::vector<std::string> known_ahead;      ///< of the hours after an origin as well: weather forecasts, holidays
    std::vector<std::string> known_to_origin;  ///< up to the origin alone: fuel mix, interchange
    /// Issued for a whole local day at this hour of the day before, as the operators' forecasts are.
    std::vector<std::pair<std::string, int>> known_day_ahead = {};

    bool empty() const { return known_ahead.empty() && known_to_origin.empty() && known_day_ahead.empty(); }
    std::vector<std::string> all() const;
};

/// One of them.
struct Covariate {
    std::string name, units;
    bool is_known_ahead = false;
    std::vector<float> values;     ///< [region][hour + known_ahead]; NaN = missing, or behind the data and not known
    std::vector<float> day_means;  ///< the same: of those of the 24 hours up to it that are there
    std::vector<std::int64_t> known_from = {};  ///< [region][hour + known_ahead]: the first origin that may see that
                                                ///< hour's value; empty = as is_known_ahead says
    double centre = 0, unit = 1;                ///< fit_covariates: values are told as (value - centre) / unit

    /// Told beside demand, in its units, not by centre and unit.
    bool is_power() const { return units == "MW"; }
    /// Whether an origin may see the value at index `at`, if it lies behind it.
    bool is_known(std::size_t at, std::int64_t origin) const {
        return is_known_ahead && (known_from.empty() || known_from[at] <= origin);
    }
};

/// Model-ready hours of every region. All [region][hour] arrays are region-major.
struct Dataset {
    Hour first;
    std::int64_t hours = 0;        ///< hours with data
    std::int64_t known_ahead = 0;  ///< further hours for which the calendar is known
    std::vector<std::string> regions;
    std::vector<std::string> time_zones;
    std::vector<double> actual_mw;       ///< [region][hour] as received; NaN where missing
    std::vector<std::uint8_t> is_valid;  ///< [region][hour] 1 = present and unflagged: may be learnt from and scored
    std::vector<float> filled_mw;        ///< [region][hour] fill_from_past
    std::int64_t calendar_width = 0;
    std::vector<float> calendar;  ///< [region][hour + known_ahead][calendar_width]: local-time features of that hour
    std::vector<SpecialDay> special_days;  ///< [region][hour + known_ahead]: what its local day is

    std::vector<Covariate> covariates;  ///< known ahead first
    /// Codes of the regions that a model tells apart, in the order of its inputs; empty = none. Others, and regions
    /// that it has not learnt from, are any region to it.
    std::vector<std::string> told_apart = {};

    std::int64_t index(Hour hour) const { return (hour - first).count(); }
    Hour hour_at(std::int64_t index) const { return first + std::chrono::hours{index}; }
    bool valid(std::int64_t region, std::int64_t hour) const;    ///< false outside the data
    double mw(std::int64_t region, std::int64_t hour) const;     ///< actual_mw; NaN outside the data
    float filled(std::int64_t region, std::int64_t hour) const;  ///< before the data: the first; after: throws BugError
    std::span<const float> calendar_of(std::int64_t region, std::int64_t hour) const;
    SpecialDay special_day_of(std::int64_t region, std::int64_t hour) const;
};

/// What speaks against an hour that has a value.
enum class Screening {
    causal,  ///< screen_causal, and of the flags in the file those that do not look ahead (all but two_sided_flags)
    none,    ///< nothing: for series that are no demand, or that are to be scored whole
};
std::string name_of(Screening screening);
/// Throws ConfigError for anything but causal and none.
Screening parse_screening(const std::string& text);

/// Hours are valid that have a value and that nothing speaks against. `known_ahead` hours of calendar beyond the last
/// hour. Regions use series.regions[r].time_zone unless `time_zones` overrides (same order, "" = keep). The data
/// end with the last hour of demand in any region; what a covariate known ahead has behind it is known of the hours to
/// come. Throws DataError when the demand of a region has no valid hour, or a covariate is not in the
/// series.
Dataset prepare(const store::Series& series, std::int64_t known_ahead, const std::vector<std::string>& time_zones = {},
                const CovariateNames& covariates = {}, Screening screening = Screening::causal);

/// What was forecast as if it had come: `mw`, [region][hours], follows the data and is valid. The hours ahead whose
/// calendar and covariates are known become so many fewer.
void append_hours(Dataset& data, std::span<const float> mw);

/// Names of the calendar features in order (see calendar_features.cpp): sines and cosines of hour of day, of day of
/// week, of day of year, weekend, US holiday of the day / the day before / the day after, daylight saving.
const std::vector<std::string>& calendar_feature_names();

/// The same on every rank iff all see the same data: FNV-1a over regions, hours and values, as hex.
std::string fingerprint(const Dataset& data);

/// Indices in [begin, end) of the hours that end when the local clock says `hour_of_day`; on a day that has it twice,
/// the first, on one that lacks it, the next. Increasing.
std::vector<std::int64_t> daily_origins(const Dataset& data, std::int64_t region, std::int64_t begin, std::int64_t end,
                                        int hour_of_day);

/// Origins: indices of the last known hour at local midnight of every day whose 24 following hours lie in [begin, end).
std::vector<std::int64_t> midnight_origins(const Dataset& data, std::int64_t region, std::int64_t begin,
                                           std::int64_t end);

}  // namespace gridring::series
