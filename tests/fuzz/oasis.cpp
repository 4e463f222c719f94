// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "gridring/source/caiso.hpp"
#include "source/zip_archive.hpp"

namespace {

using namespace gridring;

/// A header with all columns, and before each line of the text an interval and an item that are right.
std::string rows_of(const source::OasisReport& report, const std::string& text) {
    std::string rows =
        fmt::format("INTERVALSTARTTIME_GMT,INTERVALENDTIME_GMT,{},{},MW", report.item_column, report.location_column);
    std::size_t count = 0;
    for (std::size_t at = 0, end = 0; at < text.size(); at = end + 1) {
        end = std::min(text.find('\n', at), text.size());
        rows += fmt::format("\n2024-01-01T00:00:00-00:00,2024-01-01T{:02}:{:02}:00-00:00,{},{}", report.minutes / 60,
                            report.minutes % 60, report.items[count++ % report.items.size()].code,
                            text.substr(at, end - at));
    }
    return rows;
}

/// What fuzzing would hardly find by itself: an archive whose checksum is right, and rows.
std::string body_of(int form, const source::OasisReport& report, const std::string& text) {
    switch (form) {
        case 1:
            return source::zip({"any.csv", text});
        case 2:
            return source::zip({"any.csv", rows_of(report, text)});
        case 3:
            return source::zip({"INVALID_REQUEST.xml", text});
        default:
            return text;
    }
}

bool is_of(const source::OasisPage& page, const source::OasisRow& row, const source::OasisReport& report) {
    return row.location < page.locations.size() && row.item < report.items.size() && !std::isinf(row.value) &&
           row.end.time_since_epoch().count() % report.minutes == 0;
}

bool is_name(const std::string& location) {
    return !location.empty() && std::ranges::all_of(location, [](char c) { return c >= ' ' && c < 127; });
}

}  // namespace

/// The first byte picks the report, the second the form of the body and the HTTP status, the rest is the text. Whatever
/// a server sends is rows of the report or trouble, never a throw or worse.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2) return 0;
    const auto& reports = source::oasis_reports();
    const source::OasisReport& report = reports[data[0] % reports.size()];
    constexpr int statuses[] = {200, 200, 200, 200, 429, 302, 503};
    const int form = data[1] % 7;
    net::Reply reply;
    reply.status = statuses[form];
    reply.body = body_of(form, report, std::string(reinterpret_cast<const char*>(data) + 2, size - 2));
    if (reply.status == 302) reply.headers.push_back({"Location", reply.body});
    const auto reading = source::read_oasis(reply, report);
    const auto* page = std::get_if<source::OasisPage>(&reading);
    if (!page) return 0;
    if (!std::ranges::all_of(page->locations, is_name)) std::abort();
    for (const source::OasisRow& row : page->rows)
        if (!is_of(*page, row, report)) std::abort();
    return 0;
}
