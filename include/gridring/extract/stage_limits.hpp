// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "gridring/extract/extract.hpp"

namespace gridring::extract {

/// What all pages of an extraction cost a stage of it that has the machine to itself.
struct StageCost {
    double cpu_seconds = 0;  ///< of all threads
    double seconds = 0;      ///< from first to last
};

/// Each stage alone. Those that wait, for the server and for the disk, use as many threads as an extraction has
/// connections; the others use one.
struct StageLimits {
    std::int64_t rows = 0, pages = 0, bytes = 0;  ///< bytes of the bodies, unpacked
    StageCost receive;                            ///< into nothing; TLS and inflating are part of it
    StageCost inflate;                            ///< of bodies as they came; zero where they came plain
    StageCost redact;                             ///< looking for the key
    StageCost parse;
    StageCost keep;   ///< raw pages: compressing, writing, fsync
    StageCost write;  ///< of that, what is left when they are compressed already
    StageCost assemble, screen, series;
};

/// Takes the pages that run(options, api_key) left in the folder through one stage after the other, the quickest of
/// `repetitions` each. The server must still give the same pages. What is written goes with the call. Throws as run()
/// does.
StageLimits measure_stages(const Options& options, const std::string& api_key, int repetitions);

/// StageLimits::receive alone: the same pages, perhaps from another server.
StageCost measure_receiving(const Options& options, const std::string& api_key, int repetitions);

}  // namespace gridring::extract
