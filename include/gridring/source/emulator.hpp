// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gridring/net/http_server.hpp"
#include "gridring/source/emulator_faults.hpp"
#include "gridring/source/grid.hpp"
#include "gridring/source/synthetic_grid.hpp"

namespace gridring::source {

struct EmulatorOptions {
    std::uint16_t port = 0;                 ///< 0 = any free one
    int threads = 2;                        ///< of the server
    std::optional<net::Identity> identity;  ///< serves https with it
    std::filesystem::path data;             ///< folder of <RESPONDENT>.csv[.gz]; empty = the synthetic grid
    std::uint64_t seed = 1;                 ///< of the synthetic grid, of jitter and of faults
    Hour first = first_synthetic_hour(), last = last_synthetic_hour();  ///< of the synthetic grid
    Publication publication;       ///< on the EIA side; with a clock nothing is cached
    std::string api_key;           ///< the one key accepted; empty = any key but none
    bool reads_key_header = true;  ///< false: the key counts in the query alone, as the API's documentation has it

    std::chrono::milliseconds latency{0};  ///< added to every reply
    std::chrono::milliseconds jitter{0};   ///< up to so much more or less of it, by (seed, number of the request) alone
    double requests_per_second = 0;        ///< more than that: 429; 0 = no limit
    int gzip_level = 1;                    ///< 1 (fast) to 9 (small); 0 = never packed
    std::size_t cache_bytes = 0;  ///< good bodies are kept as sent, so that benchmarks measure the client; 0 = none

    std::vector<EiaFault> faults;  ///< of requests for data; the first that is due wins
    double fault_mix = 0;  ///< share of the other ones that get a fault of chance that heals, by (seed, number) alone
    std::vector<OasisFault> oasis_faults;    ///< the first that is due wins
    double oasis_fault_mix = 0;              ///< as fault_mix
    std::chrono::seconds oasis_patience{5};  ///< what its 429 asks for
    std::optional<Hour> oasis_from;          ///< OASIS retains nothing before this hour (error 1014)
};

struct EmulatorCounters {
    std::int64_t requests = 0;    ///< of every kind, to the EIA side
    std::int64_t data_pages = 0;  ///< pages of data served, faulty ones too
    std::int64_t throttled = 0, faults = 0;
    std::int64_t oasis_requests = 0, oasis_faults = 0;
    std::int64_t data_requests = 0;                         ///< asked of the EIA side, served or not
    std::int64_t cached = 0;                                ///< replies out of the cache
    std::map<std::string, std::int64_t> fault_kinds;        ///< how often each came about
    std::map<std::string, std::int64_t> oasis_fault_kinds;  ///< the same of OASIS
};

/// The EIA API v2 (the hourly routes of electricity/rto, as version 2.1.8 behaves) on a loopback port, and CAISO's
/// OASIS (SingleZip, CSV) beside it, with values made of the grid's CISO.
class Emulator {
public:
    /// Serves when it returns. Throws HttpError when the port is taken, StoreError or DataError for bad files,
    /// ConfigError for options out of range.
    explicit Emulator(const EmulatorOptions& options);
    ~Emulator();
    Emulator(const Emulator&) = delete;
    Emulator& operator=(const Emulator&) = delete;

    /// "http://127.0.0.1:43210/v2", to be used in place of https://api.eia.gov/v2.
    std::string url() const;
    /// "http://127.0.0.1:43210/oasisapi", in place of https://oasis.caiso.com/oasisapi.
    std::string oasis_url() const;
    const Grid& grid() const;
    /// What a request gets, without a wire; it counts like any other.
    net::Response answer(const net::Request& request) const;
    EmulatorCounters counters() const;
    void stop();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gridring::source
