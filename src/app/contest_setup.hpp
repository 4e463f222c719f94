// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "gridring/forecast/contest.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {

/// What `evaluate --data` was asked for: which forecasts to compare, of what and when.
struct ContestArguments {
    std::filesystem::path data;                               ///< folder of <RESPONDENT>.csv[.gz], or a series.h5
    series::CovariateNames covariates;                        ///< that forecasts may use; of a model those of its run
    series::Screening screening = series::Screening::causal;  ///< likewise; none: every value counts
    std::vector<std::string> regions;                         ///< empty = all that it has
    std::string from, to;                                     ///< local dates, both included
    std::vector<std::int64_t> horizons{24, 168, 720};         ///< of forecasts from local midnight
    std::string origins = "midnight-local";                   ///< or "day-ahead": from 09:00 of the day before
    std::vector<std::string> baselines{"all"};                ///< names, or one of all, naive, none
    std::vector<std::string> compare;  ///< two names; empty = the first and the best of the others
    std::vector<std::string> with;     ///< run folders whose forecasts are averaged with those of the first
    std::int64_t context_hours = 0;    ///< that an origin sees of them; 0 = as the run's configuration says
    std::int64_t hours_ahead = 0;      ///< to forecast behind the end of the data; 0 = as many as a model does
    std::int64_t known_ahead = 0;      ///< of which the calendar is wanted; 0 = as many as the model forecasts
    std::string calibrate;             ///< "2018-01-01..2018-12-31", local dates, "online" or "none"; empty: as
                                       ///< the run's configuration says
    std::string time_zone;             ///< of regions that gridring does not know; empty = UTC
    std::filesystem::path output;      ///< folder of results.h5 and scores.json; empty = the run's
    std::string command;               ///< as typed, for the provenance
    std::uint64_t seed = 1;

    bool is_day_ahead() const { return origins == "day-ahead"; }
    bool has_calibration_days() const { return !calibrate.empty() && calibrate != "online" && calibrate != "none"; }
};

/// Local dates, both included.
struct Days {
    std::chrono::year_month_day first, last;
};
Days test_days(const ContestArguments& arguments);
/// Throws ConfigError where they are none, or do not end before the test.
Days calibration_days(const ContestArguments& arguments);

/// Throws ConfigError for arguments that make no sense whatever the data.
void check(const ContestArguments& arguments);

/// The folder or file in memory: demand, the covariates, and day-ahead the operators' forecast.
store::Series read_data(const ContestArguments& arguments);

/// Local hour of the origins.
int origin_hour(const ContestArguments& arguments);
/// The ranges of leads that no other lies in, one after the other: what learns can learn them apart.
std::vector<forecast::LeadRange> distinct_ranges(const ContestArguments& arguments);
/// What is printed: from the first lead to each horizon.
std::vector<forecast::LeadRange> whole_ranges(const ContestArguments& arguments);

/// [region]: the origins that forecast the `days`. Throws DataError for a region without any.
using Origins = std::vector<std::vector<std::int64_t>>;
Origins origins_of(const ContestArguments& arguments, const series::Dataset& data, const Days& days);

/// Forecasts from these origins, judged over the whole ranges and, behind them, those distinct ones that are not among
/// them. What counts as true are the hours that the files call OKAY in a column `anomaly`; where it is blank, those
/// that nothing is known against. `data` and `series` are of the same hours and regions.
forecast::Contest contest_of(const ContestArguments& arguments, const store::Series& series,
                             const series::Dataset& data, Origins origins);

/// What happens behind the last of the `days` does not count.
void close_after(forecast::Contest& contest, const Days& days);

}  // namespace gridring::app
