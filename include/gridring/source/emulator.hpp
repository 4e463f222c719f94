// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gridring/source/grid.hpp"
#include "gridring/source/synthetic_grid.hpp"

namespace gridring::source {

/// What the OASIS side answers to every `every`-th of its requests, in place of a good reply.
struct OasisFault {
    /// "429" (HTML, retry after 5 seconds), an error code "1000" … "1016" inside a zip, "truncated" (half a zip),
    /// "delayed" (by 3 s), or "unsorted" (the rows in an order of chance: a good reply).
    std::string kind;
    int every = 1;

    /// "1014" or "truncated/3". Throws ConfigError naming the kinds.
    static OasisFault parse(const std::string& text);
};

struct EmulatorOptions {
    std::uint16_t port = 0;      ///< 0 = any free one
    std::filesystem::path data;  ///< folder of <RESPONDENT>.csv[.gz]; empty = the synthetic grid
    std::uint64_t seed = 1;      ///< of the synthetic grid
    Hour first = first_synthetic_hour(), last = last_synthetic_hour();  ///< of the synthetic grid
    std::string api_key;           ///< the one key accepted; empty = any key but none
    bool reads_key_header = true;  ///< false: the key counts in the query alone, as the API's documentation has it
    std::chrono::milliseconds latency{0};    ///< added to every reply
    double requests_per_second = 0;          ///< more than that: 429; 0 = no limit
    int fault_every = 0;                     ///< every n-th request gets a 503; 0 = none
    std::vector<OasisFault> oasis_faults;    ///< the first that is due wins
    std::chrono::seconds oasis_patience{5};  ///< what its 429 asks for
    std::optional<Hour> oasis_from;          ///< OASIS retains nothing before this hour (error 1014)
};

struct EmulatorCounters {
    std::int64_t requests = 0;    ///< of every kind
    std::int64_t data_pages = 0;  ///< region-data pages served
    std::int64_t throttled = 0, faults = 0;
    std::int64_t oasis_requests = 0, oasis_faults = 0;
};

/// The EIA API v2 (electricity/rto/region-data, as version 2.1.8 behaves) on a loopback port, and CAISO's OASIS
/// (SingleZip, CSV) beside it, with values made of the grid's CISO.
class Emulator {
public:
    /// Serves when it returns. Throws HttpError when the port is taken, StoreError or DataError for bad files.
    explicit Emulator(const EmulatorOptions& options);
    ~Emulator();
    Emulator(const Emulator&) = delete;
    Emulator& operator=(const Emulator&) = delete;

    /// "http://127.0.0.1:43210/v2", to be used in place of https://api.eia.gov/v2.
    std::string url() const;
    /// "http://127.0.0.1:43210/oasisapi", in place of https://oasis.caiso.com/oasisapi.
    std::string oasis_url() const;
    const Grid& grid() const;
    EmulatorCounters counters() const;
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gridring::source
