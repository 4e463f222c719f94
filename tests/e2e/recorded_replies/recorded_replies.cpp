// SPDX-License-Identifier: MIT
// recorded_replies DIR: reads replies that the real servers sent, as the client does, and tells beside each other what
// its record makes one expect and what the client decided. DIR/eia_api and DIR/caiso_oasis hold NAME.meta.json
// (request, status, headers) and the body, NAME.json, .zip or .html; DIR/eia_api/raw_store* holds bodies inside an
// envelope. Ends with 0 when all decisions are right.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "extract/caller.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/source/caiso.hpp"
#include "gridring/source/eia.hpp"
#include "source/zip_archive.hpp"

using namespace gridring;
namespace fs = std::filesystem;
using nlohmann::json;

namespace {

struct Record {
    std::string name, request;
    net::Reply reply;
};

/// `rows` are those of a page that is to be parsed, counted without the client.
struct Decision {
    std::string what;  ///< "parsed", "parsed, more to come", "refused", "retried" or "sent on"
    std::int64_t rows = 0;
    std::string detail{};
};

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Record read_record(const fs::path& meta_file) {
    const json meta = json::parse(read_file(meta_file));
    Record record{meta_file.filename().string(), meta.at("request"), {}};
    record.name.resize(record.name.size() - std::string_view(".meta.json").size());
    record.reply.status = meta.at("status").at("code");
    for (const auto& [name, values] : meta.at("headers").items())
        for (const auto& value : values) record.reply.headers.push_back({name, value});
    for (const char* ending : {".json", ".zip", ".html"})
        if (const fs::path body = meta_file.parent_path() / (record.name + ending); fs::exists(body))
            record.reply.body = read_file(body);
    return record;
}

std::int64_t lines_of(const std::string& text) { return std::ranges::count(text, '\n'); }

/// From status and headers, and from the body as any JSON or zip reader sees it.
Decision expected(const Record& record) {
    const net::Reply& reply = record.reply;
    const json body = json::parse(reply.body, nullptr, false);
    if (reply.status >= 300 && reply.status < 400) return {"sent on"};
    if (reply.status == 200 && body.is_object()) {
        const std::int64_t rows = std::ssize(body.at("response").at("data"));
        const bool is_all = std::stoll(body.at("response").at("total").get<std::string>()) == rows;
        return {is_all ? "parsed" : "parsed, more to come", rows};
    }
    if (reply.status == 200) {
        const auto named = net::find_header(reply.headers, "Content-Disposition").value_or("");
        if (contains(named, "INVALID_REQUEST")) return {"refused"};
        const auto unzipped = source::unzip(reply.body, std::size_t{1} << 30);
        return {"parsed", unzipped.files.empty() ? 0 : lines_of(unzipped.files[0].bytes) - 1};
    }
    const bool is_final_inside = body.is_object() && body.value("code", 0) == 404;  // HTTP 500 around it
    return {reply.status == 429 || (reply.status >= 500 && !is_final_inside) ? "retried" : "refused"};
}

Decision decided(const source::Trouble& trouble, const Record& record) {
    const auto to = extract::redirect_of(record.reply, net::parse_url(record.request));
    if (to) return {"sent on", 0, fmt::format("to {}://{}", to->scheme, to->host)};
    const std::string wait = trouble.retry_after ? fmt::format(" after {} s", trouble.retry_after->count()) : "";
    return {trouble.may_heal() ? "retried" : "refused", 0, trouble.message + wait};
}

Decision decided_of_eia(const Record& record) {
    const source::Route* route = &source::require_route("region-data");
    for (const source::Route& one : source::eia_routes())
        if (contains(record.request, one.name)) route = &one;
    const auto reading = source::read_page(record.reply, *route);
    if (const auto* trouble = std::get_if<source::Trouble>(&reading)) return decided(*trouble, record);
    const auto& page = std::get<source::Page>(reading);
    const auto rows = std::ssize(page.rows);
    return {page.total == rows ? "parsed" : "parsed, more to come", rows,
            fmt::format("of {}, {} bad, {} columns, version {}", page.total, page.bad_rows.size(), page.columns.size(),
                        page.api_version.empty() ? "not told" : page.api_version)};
}

/// A report that gridring does not know is read as one that it does: errors are the same of all.
Decision decided_of_oasis(const Record& record) {
    const source::OasisReport* report = &source::oasis_reports().front();
    for (const source::OasisReport& one : source::oasis_reports())
        if (contains(record.request, fmt::format("queryname={}&", one.query)) &&
            contains(record.request, fmt::format("market_run_id={}&", one.market_run)))
            report = &one;
    const auto reading = source::read_oasis(record.reply, *report);
    if (const auto* trouble = std::get_if<source::Trouble>(&reading)) return decided(*trouble, record);
    const auto& page = std::get<source::OasisPage>(reading);
    return {"parsed", std::ssize(page.rows),
            fmt::format("{} bad, {} passed over, {} locations", page.bad_rows.size(), page.passed_over_rows,
                        page.locations.size())};
}

std::vector<fs::path> files_of(const fs::path& folder, std::string_view ending) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(folder))
        if (entry.path().filename().string().ends_with(ending)) files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// False where the two differ.
bool print(const Record& record, const Decision& right, const Decision& found) {
    const bool is_right = right.what == found.what && right.rows == found.rows;
    const auto text = [](const Decision& decision) {
        return decision.rows > 0 ? fmt::format("{} {}", decision.what, decision.rows) : decision.what;
    };
    fmt::print("{:<51}{:>5}  {:<26}{:<26}{}{}\n", record.name, record.reply.status, text(right), text(found),
               is_right ? "" : "WRONG: ", found.detail);
    return is_right;
}

/// The body of a stored window stands inside an envelope.
Record read_stored(const fs::path& file) {
    std::string text = read_file(file);
    if (file.extension() == ".gz") text = net::gunzip(text, std::size_t{1} << 28).value_or("");
    return {file.filename().string(), "/fuel-type-data/", {200, {}, json::parse(text).at("api_response").dump(), 0}};
}

bool check(const fs::path& folder) {
    int count = 0, wrong = 0;
    const auto hold = [&](const Record& record, const auto& decide) {
        ++count;
        wrong += !print(record, expected(record), decide(record));
    };
    fmt::print("{:<51}{:>5}  {:<26}{:<26}\n", "record", "HTTP", "expected", "decided");
    for (const auto& file : files_of(folder / "eia_api", ".meta.json")) hold(read_record(file), decided_of_eia);
    for (const char* ending : {".json", ".json.gz"})
        for (const auto& file : files_of(folder / "eia_api", ending))
            if (contains(file.parent_path().filename().string(), "raw_store")) hold(read_stored(file), decided_of_eia);
    for (const auto& file : files_of(folder / "caiso_oasis", ".meta.json")) hold(read_record(file), decided_of_oasis);
    fmt::print("{} records, {} decided wrongly\n", count, wrong);
    return count > 0 && wrong == 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: recorded_replies DIR\n");
        return 2;
    }
    try {
        return check(argv[1]) ? 0 : 1;
    } catch (const std::exception& failure) {
        fmt::print(stderr, "recorded_replies: {}\n", failure.what());
        return 1;
    }
}
