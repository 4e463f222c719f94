// SPDX-License-Identifier: MIT
#include "gridring/extract/import.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "bulk_assembly.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/progress.hpp"
#include "job.hpp"
#include "tally_table.hpp"

namespace gridring::extract {
namespace {

namespace fs = std::filesystem;

struct Input {
    fs::path path;
    bool is_named = true;  ///< on its own, so that it must be of a known kind; false: found in a folder
    std::int64_t bytes = 0;
};

/// Of the names that its kinds have; what the file holds decides later.
bool may_be_bulk(const fs::path& file) {
    const auto ending = file.extension();
    return ending == ".csv" || ending == ".txt" || ending == ".gz" || ending == ".zip";
}

std::vector<Input> files_in(const fs::path& folder) {
    std::error_code error;
    std::vector<Input> files;
    for (const auto& entry : fs::directory_iterator(folder, error))
        if (entry.is_regular_file(error) && may_be_bulk(entry.path())) files.push_back({entry.path(), false});
    if (error) throw StoreError(folder.string(), "cannot list the folder: " + error.message());
    if (files.empty())
        throw DataError(folder.string() + ": expected files .csv, .txt, .gz or .zip in the folder, found none");
    std::ranges::sort(files, {}, &Input::path);
    return files;
}

std::vector<Input> list_inputs(const ImportOptions& options) {
    std::vector<Input> inputs;
    for (const auto& path : options.inputs) {
        std::error_code error;
        if (!fs::exists(path, error)) throw StoreError(path.string(), "expected a file or a folder, found nothing");
        if (fs::is_directory(path, error))
            for (auto& file : files_in(path)) inputs.push_back(std::move(file));
        else
            inputs.push_back({path});
    }
    for (Input& input : inputs) {
        std::error_code error;
        input.bytes = static_cast<std::int64_t>(fs::file_size(input.path, error));
        if (error) input.bytes = 0;  // a pipe
    }
    return inputs;
}

void validate(const ImportOptions& options) {
    expect_option(!options.inputs.empty(), "expected at least one file or folder to import");
    const bool is_one_file = options.inputs.size() == 1 && !fs::is_directory(options.inputs.front());
    expect_option(!options.own || options.own->region.empty() || is_one_file,
                  "--name: expected one file to name the region of, found several or a folder; files name their own");
    expect_unique(options.regions, "region");
    expect_unique(options.variables, "variable");
    if (options.own) source::check(*options.own);
    if (options.from && options.to) expect_span(*options.from, *options.to);
}

void validate_output(const ImportOptions& options) {
    expect_option(!options.series.empty(), "expected a series file to write, such as series.h5");
    std::error_code error;
    if (fs::is_directory(options.series, error))
        throw ConfigError(options.series.string() +
                          ": expected a file to write, found a folder; name one in it, such as " +
                          (options.series / "series.h5").string());
    if (fs::exists(options.series, error) && !options.may_replace)
        throw ConfigError(options.series.string() +
                          ": exists already; choose another name, or replace it with --fresh");
}

/// Adds one report to the summary and tells of what was wrong.
void take(const source::BulkReport& report, bool is_named, ImportSummary& summary) {
    if (report.kind == source::BulkKind::unknown) {
        if (is_named) throw DataError(report.problem);
        log::warning(report.problem + "; passed over");
        return;
    }
    for (const auto& line : report.warnings) log::warning(line);
    for (const auto& line : report.first_bad) log::warning(line);
    if (const auto told = std::ssize(report.first_bad); report.bad_rows > told)
        log::warning(fmt::format("{}: {} more rows that cannot be read", report.name, report.bad_rows - told));
    summary.records += report.rows;
    summary.bad_rows += report.bad_rows;
    summary.bytes += report.bytes;
    std::string kind(to_string(report.kind));
    if (!report.detail.empty()) kind += ", " + report.detail;
    summary.files.push_back({fs::path(report.name).filename().string(), std::move(kind), report.rows});
}

void read_all(const std::vector<Input>& inputs, const ImportOptions& options, BulkAssembly& assembly,
              ImportSummary& summary) {
    for (const Input& input : inputs) summary.bytes_on_wire += input.bytes;
    constexpr std::int64_t megabyte = 1'000'000;
    Progress progress("import", "MB", summary.bytes_on_wire / megabyte);
    std::int64_t before = 0;
    for (const Input& input : inputs) {
        const std::string name = input.path.filename().string();
        const source::BulkOptions how{options.has_adjusted,
                                      [&](std::int64_t bytes) { progress.update((before + bytes) / megabyte, name); }};
        const source::TakeStretch take_stretch = [&](const source::BulkStretch& stretch) { assembly.add(stretch); };
        const auto reports = options.own ? source::read_own_table(input.path, *options.own, how, take_stretch)
                                         : source::read_bulk(input.path, how, take_stretch);
        const bool has_rows =
            std::ranges::any_of(reports, [](const auto& report) { return report.kind != source::BulkKind::unknown; });
        for (const auto& report : reports) take(report, input.is_named && !has_rows, summary);
        before += input.bytes;
    }
    if (summary.files.empty())
        throw DataError("expected files of EIA-930 or EBA.txt, or <RESPONDENT>.csv, among those given; found none");
}

/// At most eight names: a provenance, no inventory.
std::string names_of(const std::vector<ImportedFile>& files) {
    constexpr std::size_t most = 8;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < std::min(files.size(), most); ++i) names.push_back(files[i].name);
    if (files.size() > most) names.push_back(fmt::format("and {} more", files.size() - most));
    return fmt::format("files {}", fmt::join(names, ", "));
}

std::string kinds_of(const std::vector<ImportedFile>& files) {
    std::set<std::string> kinds;
    for (const auto& file : files) kinds.insert(file.kind);
    return fmt::format("{}", fmt::join(kinds, ", "));
}

TrackTable table_of(const BulkAssembly& assembly, const ImportSummary& summary, const ImportOptions& options) {
    TrackTable table = assembly.table();
    table.about.provenance = {kinds_of(summary.files), names_of(summary.files), utc_timestamp(), "files",
                              options.history};
    return table;
}

}  // namespace

ImportSummary run_import(const ImportOptions& options) {
    const auto start = std::chrono::steady_clock::now();
    validate(options);
    validate_output(options);
    const auto inputs = list_inputs(options);

    ImportSummary summary;
    summary.series = options.series;
    BulkAssembly assembly(options);
    read_all(inputs, options, assembly, summary);
    assembly.expect_values();
    summary.reading_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();

    TrackTable table = table_of(assembly, summary, options);
    summary.from = table.about.first;
    summary.to = table.about.first + std::chrono::hours{table.about.hours - 1};
    summary.hours = table.about.hours;
    summary.regions = std::ssize(table.about.regions);
    summary.variables = std::ssize(table.variables);
    if (const auto folder = options.series.parent_path(); !folder.empty()) make_folder(folder);
    StageClock clock;
    finish(std::move(table), series::Cleaning::none, "hours", start, clock, summary);
    return summary;
}

store::Series import_series(const ImportOptions& options) {
    validate(options);
    ImportSummary summary;
    BulkAssembly assembly(options);
    read_all(list_inputs(options), options, assembly, summary);
    assembly.expect_values();
    TrackTable table = table_of(assembly, summary, options);
    StageClock clock;
    return series_of(std::move(table), series::Cleaning::none, clock);
}

}  // namespace gridring::extract
