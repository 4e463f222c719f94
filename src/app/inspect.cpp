// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <memory>

#include "app/commands.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/store/series_file.hpp"

namespace gridring::app {
namespace {

/// Means of `cells` equal stretches as ▁ … █; a stretch without a good hour is a blank.
std::string sparkline(const double* values, const std::uint16_t* flags, std::int64_t hours, std::int64_t cells) {
    static constexpr const char* bars[] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    std::vector<double> means;
    for (std::int64_t cell = 0; cell < cells; ++cell) {
        double sum = 0;
        std::int64_t n = 0;
        for (std::int64_t t = hours * cell / cells; t < hours * (cell + 1) / cells; ++t)
            if (std::isfinite(values[t]) && (!flags || flags[t] == 0)) sum += values[t], ++n;
        means.push_back(n > 0 ? sum / static_cast<double>(n) : std::numeric_limits<double>::quiet_NaN());
    }
    double low = std::numeric_limits<double>::infinity(), high = -low;
    for (const double mean : means)
        if (std::isfinite(mean)) low = std::min(low, mean), high = std::max(high, mean);
    std::string text;
    for (const double mean : means)
        text += std::isfinite(mean)
                    ? bars[high > low ? std::min(7, static_cast<int>((mean - low) / (high - low) * 8)) : 0]
                    : " ";
    return text;
}

void print_row(const store::Series& series, const store::SeriesVariable& variable, std::int64_t region) {
    const double* values = variable.values.data() + region * series.hours;
    const std::uint16_t* flags = variable.flags.empty() ? nullptr : variable.flags.data() + region * series.hours;
    std::int64_t present = 0, gaps = 0;
    for (std::int64_t t = 0; t < series.hours; ++t) {
        const bool is_here = std::isfinite(values[t]);
        present += is_here;
        gaps += !is_here && (t == 0 || std::isfinite(values[t - 1]));
    }
    fmt::print("  {:<6} {:>8} hours, {:>6} missing in {:>4} gaps  {}\n",
               series.regions[static_cast<std::size_t>(region)].code, present, series.hours - present, gaps,
               sparkline(values, flags, series.hours, std::min<std::int64_t>(60, series.hours)));
    if (!flags) return;
    std::string text;
    for (std::size_t bit = 0; bit < series::flag_names().size() && bit < series.flag_names.size(); ++bit)
        if (const auto n =
                std::count_if(flags, flags + series.hours, [&](std::uint16_t flag) { return flag >> bit & 1; });
            n > 0)
            text += fmt::format("{}{} {}", text.empty() ? "" : ", ", series.flag_names[bit], n);
    if (!text.empty()) fmt::print("         flagged: {}\n", text);
}

void inspect(const std::filesystem::path& path) {
    const std::string file = std::filesystem::is_directory(path) ? path / "series.h5" : path;
    const store::Series series = store::read_series(file);
    fmt::print("{}: {} to {} (UTC, hour ending), {} hours, {} regions\n", file, to_string(series.first),
               to_string(series.first + std::chrono::hours{series.hours - 1}), series.hours, series.regions.size());
    fmt::print("from {} ({}), retrieved {}\n", series.provenance.source, series.provenance.source_url,
               series.provenance.retrieved_at);
    for (const auto& variable : series.variables) {
        fmt::print("{} ({}), {}: {}\n", variable.name, variable.source_code, variable.units, variable.long_name);
        for (std::size_t region = 0; region < series.regions.size(); ++region)
            print_row(series, variable, static_cast<std::int64_t>(region));
    }
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("inspect", "What is in a series file: spans, gaps, flags, sparklines");
    command->footer("Example: gridring inspect runs/demo/series.h5");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "series.h5, or a run folder")->required();
    command->callback([&action, file] {
        action.needs_mpi = false;
        action.run = [file](const comm::Communicator*) { inspect(*file); };
    });
}

}  // namespace gridring::app
