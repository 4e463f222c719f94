// SPDX-License-Identifier: MIT
// soak PAGES SEED RATE: extracts about PAGES pages of all data sets while a share RATE of the requests meets a fault of
// chance, and compares every value and flag with an extraction that met none. Ends with 0 when they are the same.
#include <fmt/format.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>

#include "gridring/core/log.hpp"
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

extract::Summary extract_from(const source::EmulatorOptions& server, std::int64_t pages, const fs::path& folder) {
    const source::Emulator emulator(server);
    const auto summary = extract::run(options_for(pages, emulator.url(), folder), "key");
    fmt::print("{} pages, {} records, {} requests, {} retried, {} windows begun again, {:.1f} s\n", summary.pages,
               summary.records, summary.requests, summary.retries, summary.restarts, summary.seconds);
    for (const auto& [kind, count] : emulator.counters().fault_kinds) fmt::print("  {:<14}{:>6}\n", kind, count);
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
    if (argc != 4) {
        fmt::print(stderr, "usage: soak PAGES SEED RATE\n");
        return 2;
    }
    const std::int64_t pages = std::atoll(argv[1]);
    log::set_level(log::Level::error);
    const fs::path folder = fs::temp_directory_path() / fmt::format("gridring-soak-{}", getpid());
    source::EmulatorOptions calm;
    calm.seed = static_cast<std::uint64_t>(std::atoll(argv[2]));
    source::EmulatorOptions rough = calm;
    rough.fault_mix = std::atof(argv[3]);
    std::int64_t wrong = 0;
    try {
        const auto right = extract_from(calm, pages, folder / "calm");
        const auto summary = extract_from(rough, pages, folder / "rough");
        wrong = differences(store::read_series(right.series), store::read_series(summary.series));
        wrong += summary.bad_rows;
        for (const auto& tally : summary.tallies) wrong += tally.conflicts;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "soak failed: {}\n", failure.what());
        wrong = 1;
    }
    fs::remove_all(folder);
    fmt::print("{} hours differ from the extraction without faults\n", wrong);
    return wrong == 0 ? 0 : 1;
}
