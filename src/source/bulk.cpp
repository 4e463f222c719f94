// SPDX-License-Identifier: MIT
#include "gridring/source/bulk.hpp"

#include <fmt/format.h>

#include "bulk_readers.hpp"
#include "csv_text.hpp"
#include "gridring/core/error.hpp"

namespace gridring::source {
namespace {

constexpr std::size_t most_told = 10;
constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";

BulkReport read_text(BulkText& text, const std::string& name, const BulkOptions& options, const TakeStretch& take) {
    BulkReport report;
    report.name = name;
    std::string_view lines = text.next();
    if (lines.starts_with(byte_order_mark)) lines.remove_prefix(byte_order_mark.size());
    if (lines.starts_with('{')) {
        report.kind = BulkKind::series;
        read_series_objects(lines, text, take, report);
    } else {
        const std::string header(cut_line(lines));
        const TableHeader found = recognise_table(header, text.name());
        report.kind = found.kind;
        report.problem = found.problem;
        if (found.kind != BulkKind::unknown) read_table(header, lines, text, options, take, report);
    }
    report.bytes = text.bytes();
    if (report.kind != BulkKind::unknown && report.rows == report.bad_rows)
        throw DataError(report.rows == 0
                            ? fmt::format("{}: expected hourly rows of kind {}, found none; fetch it anew", name,
                                          to_string(report.kind))
                            : fmt::format("{}: none of its {} rows can be read, the first: {}; fetch it anew", name,
                                          report.rows, report.first_bad.front()));
    return report;
}

}  // namespace

std::string_view to_string(BulkKind kind) {
    switch (kind) {
        case BulkKind::balance:
            return "EIA-930 balance";
        case BulkKind::interchange:
            return "EIA-930 interchange";
        case BulkKind::series:
            return "EIA bulk series (EBA)";
        case BulkKind::plain:
            return "plain CSV";
        case BulkKind::own:
            return "own CSV";
        case BulkKind::unknown:
            break;
    }
    return "unknown";
}

void add_bad_row(BulkReport& report, std::int64_t line, const std::string& what) {
    ++report.bad_rows;
    if (report.first_bad.size() < most_told)
        report.first_bad.push_back(fmt::format("{}:{}: {}", report.name, line, what));
}

std::vector<BulkReport> read_bulk(const std::filesystem::path& file, const BulkOptions& options,
                                  const TakeStretch& take) {
    std::vector<BulkReport> reports;
    for_each_text(file, options.progress, [&](BulkText& text) {
        const bool is_archived = file.extension() == ".zip";
        reports.push_back(
            read_text(text, is_archived ? file.string() + "/" + text.name() : file.string(), options, take));
    });
    if (reports.empty()) throw StoreError(file.string(), "expected a file in the archive, found none; fetch it anew");
    return reports;
}

}  // namespace gridring::source
