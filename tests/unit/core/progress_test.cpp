// SPDX-License-Identifier: MIT
#include "gridring/core/progress.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <thread>

#include "gridring/core/log.hpp"
#include "support/captured_stderr.hpp"

using namespace gridring;
using namespace std::chrono_literals;

namespace {

/// What three updates of one task write to a file, at the log level given.
std::string written_at(log::Level level, std::chrono::seconds plain_every) {
    log::set_level(level);
    const test::CapturedStderr captured;
    Progress progress("extract", "records", 100, plain_every);
    std::this_thread::sleep_for(20ms);
    progress.update(25, "window 1");
    progress.set_total(200);
    progress.update(50);
    progress.update(200);
    progress.finish();
    progress.finish();
    return captured.text();
}

bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("progress in a file is plain lines with rate, unit and time, and one last line") {
    const std::string text = written_at(log::Level::info, 0s);
    CHECK(std::ranges::count(text, '\n') == 4);
    CHECK(text.find("extract: 25 %, 25 / 100 records, ") == 0);
    CHECK(has(text, " records/s, 0:00 left, window 1\n"));
    CHECK(has(text, "extract: 25 %, 50 / 200 records, "));  // the total has grown
    CHECK(has(text, "extract: 100 %, 200 / 200 records, "));
    CHECK(text.ends_with(" records/s, in 0:00\n"));
    CHECK_FALSE(has(text, "\r"));
}

TEST_CASE("plain lines come at most once an interval, the last one always; none above info") {
    const std::string seldom = written_at(log::Level::info, 1000s);
    CHECK(std::ranges::count(seldom, '\n') == 1);
    CHECK(has(seldom, "200 / 200 records"));
    CHECK(written_at(log::Level::warning, 0s).empty());
}
