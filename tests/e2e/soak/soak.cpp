// SPDX-License-Identifier: MIT
// soak eia|caiso REQUESTS SEED RATE: extracts about so many pages of all data sets (or replies of all reports) while a
// share RATE of the requests meets a fault of chance, and compares every value and flag with an extraction that met
// none. Ends with 0 when they are the same.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>

#include "gridring/core/log.hpp"
#include "gridring/extract/caiso.hpp"
#include "gridring/extract/extract.hpp"
#include "gridring/source/emulator.hpp"
#include "gridring/store/series_file.hpp"

using namespace gridring;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t page_rows = 500;
constexpr double pages_an_hour = 0.27;  ///< of all data sets of these regions

extract::Options options_for(std::int64_t pages, const std::string& url, const fs::path& folder) {
    extract::Options options;
    options.base_url = url;
    options.datasets = {"region-data", "fuel-type-data", "interchange-data", "region-sub-ba-data"};
    options.regions = {"BPAT", "CISO", "ERCO", "MISO", "PACW", "SWPP"};
    options.types = {"D", "DF", "NG", "TI"};
    options.from = *parse_hour("2018-06-25T00");  // most data sets begin in July
    const auto hours = static_cast<std::int64_t>(static_cast<double>(pages) / pages_an_hour);
    options.to = options.from + std::chrono::hours{hours};
    options.folder = folder;
    options.is_direct = true;
    options.connections = 8;
    options.requests_per_second = 1e6;
    options.requests_per_hour = 1'000'000'000;
    options.burst = 100;
    options.attempts = 30;
    options.backoff = std::chrono::milliseconds{1};
    options.page_rows = page_rows;
    return options;
}

extract::CaisoOptions caiso_options_for(std::int64_t replies, const std::string& url, const fs::path& folder) {
    constexpr std::int64_t reports = 8, hours_a_reply = 31 * 24;
    extract::CaisoOptions options;
    options.base_url = url;
    options.reports = {"PRC_LMP", "SLD_FCST", "SLD_REN_FCST", "ENE_SLRS/DAM"};
    options.from = *parse_hour("2018-06-25T00");
    options.to = options.from + std::chrono::hours{hours_a_reply * std::max<std::int64_t>(1, replies / reports) - 1};
    options.folder = folder;
    options.seconds_between_requests = 1e-6;
    options.attempts = 30;
    options.backoff = std::chrono::milliseconds{1};
    return options;
}

extract::Summary extract_from(bool is_caiso, const source::EmulatorOptions& server, std::int64_t requests,
                              const fs::path& folder) {
    const source::Emulator emulator(server);
    const auto summary = is_caiso ? extract::run_caiso(caiso_options_for(requests, emulator.oasis_url(), folder))
                                  : extract::run(options_for(requests, emulator.url(), folder), "key");
    fmt::print("{} pages, {} records, {} requests, {} retried, {} windows begun again, {:.1f} s\n", summary.pages,
               summary.records, summary.requests, summary.retries, summary.restarts, summary.seconds);
    const auto counters = emulator.counters();
    for (const auto& [kind, count] : is_caiso ? counters.oasis_fault_kinds : counters.fault_kinds)
        fmt::print("  {:<14}{:>6}\n", kind, count);
    std::fflush(stdout);
    return summary;
}

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

std::int64_t differences(const store::Series& a, const store::Series& b) {
    std::int64_t count = a.variables.size() != b.variables.size() || a.regions.size() != b.regions.size();
    if (count > 0) return count;
    for (std::size_t v = 0; v < a.variables.size(); ++v) {
        if (a.variables[v].name != b.variables[v].name) ++count;
        for (std::size_t i = 0; i < a.variables[v].values.size(); ++i)
            count += !is_same(a.variables[v].values[i], b.variables[v].values[i]) ||
                     a.variables[v].flags[i] != b.variables[v].flags[i];
    }
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string server = argc == 5 ? argv[1] : "";
    if (server != "eia" && server != "caiso") {
        fmt::print(stderr, "usage: soak eia|caiso REQUESTS SEED RATE\n");
        return 2;
    }
    const bool is_caiso = server == "caiso";
    const std::int64_t requests = std::atoll(argv[2]);
    log::set_level(log::Level::error);
    const fs::path folder = fs::temp_directory_path() / fmt::format("gridring-soak-{}", getpid());
    source::EmulatorOptions calm;
    calm.seed = static_cast<std::uint64_t>(std::atoll(argv[3]));
    source::EmulatorOptions rough = calm;
    rough.fault_mix = rough.oasis_fault_mix = std::atof(argv[4]);
    rough.oasis_patience = std::chrono::seconds{0};
    std::int64_t wrong = 0;
    try {
        const auto right = extract_from(is_caiso, calm, requests, folder / "calm");
        const auto summary = extract_from(is_caiso, rough, requests, folder / "rough");
        wrong = differences(store::read_series(right.series), store::read_series(summary.series));
        wrong += summary.bad_rows + std::ssize(summary.failed) + (summary.empty != right.empty);
        for (const auto& tally : summary.tallies) wrong += tally.conflicts;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "soak failed: {}\n", failure.what());
        wrong = 1;
    }
    fs::remove_all(folder);
    fmt::print("{} hours differ from the extraction without faults\n", wrong);
    return wrong == 0 ? 0 : 1;
}
