// SPDX-License-Identifier: MIT
#include "journal.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"

namespace gridring::extract {
namespace {

using json = nlohmann::ordered_json;

constexpr const char* format_name = "gridring journal of raw pages";
constexpr int format_version = 1;

std::string to_line(const JournalEntry& entry) {
    const source::Window& window = entry.window;
    return json{{"dataset", window.route->name},
                {"regions", window.regions},
                {"items", window.items},
                {"first", to_string(window.first)},
                {"last", to_string(window.last)},
                {"rows", entry.rows},
                {"retrieved_at", entry.retrieved_at},
                {"files", entry.files}}
               .dump() +
           "\n";
}

/// Throws nlohmann's exception, or Error, for a line that is none of ours.
JournalEntry to_entry(const std::string& line) {
    const json object = json::parse(line);
    const auto text = [&](const char* name) { return object.at(name).get<std::string>(); };
    JournalEntry entry;
    entry.window.route = &source::require_route(text("dataset"));
    entry.window.first = require_hour(text("first"), "first");
    entry.window.last = require_hour(text("last"), "last");
    entry.window.regions = object.at("regions").get<std::vector<std::string>>();
    entry.window.items = object.at("items").get<std::vector<std::string>>();
    entry.rows = object.at("rows").get<std::int64_t>();
    entry.retrieved_at = text("retrieved_at");
    entry.files = object.at("files").get<std::vector<std::string>>();
    return entry;
}

/// The source that the first line names. Throws StoreError where it is no head of a journal.
std::string source_in(const std::filesystem::path& file, const std::string& line) {
    const json head = json::parse(line, nullptr, false);
    const auto has = [&](const char* name, const json& expected) {  // json::value() would throw at another type
        const auto found = head.find(name);
        return found != head.end() && *found == expected;
    };
    if (!has("format", format_name) || !has("version", format_version))
        throw StoreError(file.string(),
                         fmt::format("expected '{}', version {}, in the first line; the folder belongs to another "
                                     "version. Mend: --fresh fetches all anew",
                                     format_name, format_version));
    const auto source = head.find("source");
    return source != head.end() && source->is_string() ? source->get<std::string>() : std::string();
}

std::string head_of(std::string_view source) {
    return json{{"format", format_name}, {"version", format_version}, {"source", source}}.dump() + "\n";
}

void read_line(const std::filesystem::path& file, const std::string& line, std::int64_t number,
               std::vector<JournalEntry>& entries) {
    try {
        entries.push_back(to_entry(line));
    } catch (const std::exception& problem) {
        log::warning(fmt::format("{}, line {}: not a window ({}); its hours are fetched again", file.string(), number,
                                 problem.what()));
    }
}

}  // namespace

JournalContent read_journal(const std::filesystem::path& file, std::string_view source) {
    std::error_code error;
    JournalContent content;
    if (!std::filesystem::exists(file, error)) return content;
    const std::string text = read_file(file);
    std::string found(source);
    for (std::int64_t number = 1;; ++number) {
        const auto end = text.find('\n', content.bytes);
        if (end == std::string::npos) break;
        const std::string line = text.substr(content.bytes, end - content.bytes);
        content.bytes = end + 1;
        if (number == 1)
            found = source_in(file, line);
        else
            read_line(file, line, number, content.entries);
    }
    if (found != source && !content.entries.empty())
        throw ConfigError(
            fmt::format("{}: its raw pages come from {}, not from {}. Mend: choose another folder with "
                        "--set run.folder=…, or fetch all anew with --fresh",
                        file.parent_path().string(), found, source));
    if (found != source) content.bytes = 0;  // nothing came of it
    return content;
}

void write_journal(const std::filesystem::path& file, std::string_view source,
                   const std::vector<JournalEntry>& entries) {
    std::string text = head_of(source);
    for (const JournalEntry& entry : entries) text += to_line(entry);
    write_file_atomically(file, text);
}

Journal::Journal(std::filesystem::path file, std::string_view source)
    : file_(std::move(file)), content_(read_journal(file_, source)), out_(file_) {
    out_.truncate(content_.bytes);  // a kill may have come while a line was written
    if (content_.bytes == 0) out_.append(head_of(source));
}

/// The lock is given up while the disk works.
void Journal::write_pending(std::unique_lock<std::mutex>& lock) {
    is_writing_ = true;
    const std::string lines = std::exchange(pending_, {});
    const auto last = appended_;
    lock.unlock();
    std::exception_ptr failure;
    try {
        sync_folder(file_.parent_path());
        out_.append(lines);
    } catch (...) {  // thrown by everyone whose line it was
        failure = std::current_exception();
    }
    lock.lock();
    is_writing_ = false;
    written_ = last;
    if (failure) failure_ = failure;
    changed_.notify_all();
}

void Journal::append(const JournalEntry& entry) {
    const std::string line = to_line(entry);
    std::unique_lock lock(mutex_);
    pending_ += line;
    const auto mine = ++appended_;
    while (written_ < mine && !failure_) is_writing_ ? changed_.wait(lock) : write_pending(lock);
    if (failure_) std::rethrow_exception(failure_);
}

}  // namespace gridring::extract
