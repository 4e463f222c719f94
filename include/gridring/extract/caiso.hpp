// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <stop_token>
#include <string>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/extract/extract.hpp"

namespace gridring::extract {

/// What to fetch from CAISO's OASIS, and how.
struct CaisoOptions {
    std::string base_url = "https://oasis.caiso.com/oasisapi";  ///< without query or fragment
    /// Of the provenance of series.h5.
    std::string source_name = "CAISO OASIS, SingleZip";
    /// What raw replies must come from to be used again; empty = base_url.
    std::string identity;
    bool is_fresh = false;  ///< fetch all anew, whatever replies there are
    /// As source::oasis_reports() names them; "SLD_FCST" means all its market runs.
    std::vector<std::string> reports{"SLD_FCST/ACTUAL", "SLD_FCST/DAM", "SLD_REN_FCST", "PRC_LMP/DAM"};
    /// That prices are asked for: trading hubs, aggregates, single nodes.
    std::vector<std::string> nodes{"TH_NP15_GEN-APND", "TH_SP15_GEN-APND", "TH_ZP26_GEN-APND"};
    std::vector<std::string> zones;       ///< of the other reports; empty = all that the replies name
    Hour from{}, to{};                    ///< both included
    std::filesystem::path folder;         ///< receives series.h5 and raw/*.zip, the replies as received
    std::string history;                  ///< the command line, for the provenance of series.h5
    double seconds_between_requests = 5;  ///< OASIS allows one in 5 s
    int attempts = 6;                     ///< for one request
    std::chrono::milliseconds backoff{5'000},
        longest_backoff{60'000};                      ///< first wait and cap; doubled and jittered in between
    series::Cleaning clean = series::Cleaning::none;  ///< variables <name>_clean beside those as received
    std::filesystem::path ca_file;                    ///< PEM certificates trusted beside those of the system
    std::stop_token stop;                             ///< the reply in hand is kept, then run_caiso() throws Stopped
};

/// Fetches request after request, but for those whose reply an earlier run left in raw/, and writes folder/series.h5. A
/// request that fails for good is named in Summary::failed and leaves a gap; the rest still arrives. Five-minute
/// reports become means of the hour, of whole hours alone (the rule is in docs/data_format.md). Throws, and leaves an
/// earlier series.h5 as it was, where nothing arrives: ConfigError for options that make no sense, HttpError for an
/// absent server, DataError for no rows, Stopped.
Summary run_caiso(const CaisoOptions& options);

}  // namespace gridring::extract
