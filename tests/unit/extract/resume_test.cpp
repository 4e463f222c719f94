// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>

#include "gridring/core/error.hpp"
#include "gridring/core/folder_lock.hpp"
#include "gridring/core/host.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/store/series_file.hpp"
#include "workplace.hpp"

using namespace gridring;
namespace fs = std::filesystem;
using test::secret;

namespace {

extract::Options small_pages(const test::Workplace& place, const std::string& url) {
    extract::Options options = place.options(url);
    options.page_rows = 200;  // 50 hours of two regions and types: 15 windows
    return options;
}

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

void check_equal(const store::Series& a, const store::Series& b) {
    REQUIRE(a.variables.size() == b.variables.size());
    for (std::size_t v = 0; v < a.variables.size(); ++v) {
        CHECK(std::ranges::equal(a.variables[v].values, b.variables[v].values, is_same));
        CHECK(a.variables[v].flags == b.variables[v].flags);
    }
}

/// An extraction that ends for good at its n-th request.
void break_off(const test::Workplace& place, const source::Emulator& emulator, int requests) {
    const test::Meddler meddler(emulator, [&](net::Response& response, const std::string&, int number) {
        if (number >= requests) response = {404, R"({"error":"Not found.","code":404})", "application/json", {}, {}};
    });
    CHECK_THROWS_AS(extract::run(small_pages(place, meddler.url()), secret), HttpError);
}

std::vector<fs::path> pages_in(const test::Workplace& place) {
    std::vector<fs::path> pages;
    for (const auto& entry : fs::directory_iterator(place.folder() / "raw"))
        if (entry.path().extension() == ".zst") pages.push_back(entry.path());
    std::ranges::sort(pages);
    return pages;
}

}  // namespace

TEST_CASE("what arrived before an end is not fetched again, and the series is that of an undisturbed run") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    const auto whole = extract::run(options, secret);
    const auto expected = store::read_series(whole.series);
    CHECK(whole.pages == 15);
    fs::remove_all(place.folder());

    break_off(place, emulator, 8);
    CHECK_FALSE(fs::exists(place.folder() / "series.h5"));
    const auto kept = std::ssize(pages_in(place));
    CHECK(kept >= 4);
    const auto rest = extract::run(options, secret);
    CHECK(rest.pages == 15 - kept);
    CHECK(rest.pages_on_disk == kept);
    check_equal(store::read_series(rest.series), expected);

    const auto before = emulator.counters().requests;
    fs::remove(rest.series);
    const auto nothing = extract::run(options, secret);
    CHECK(emulator.counters().requests == before);  // not even to ask for the regions
    CHECK(nothing.api_version == "2.1.8");
    check_equal(store::read_series(nothing.series), expected);
}

TEST_CASE("another region or type is fetched beside what is there") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = place.options(emulator.url());
    options.types = {"D"};
    options.regions = {"PACW"};
    extract::run(options, secret);
    options.types = {"D", "DF"};
    options.regions = {"PACW", "CISO"};
    const auto more = extract::run(options, secret);
    CHECK(more.pages == 2);  // DF of PACW, and both of CISO
    CHECK(more.records < 3 * 744 + 1);
    const auto series = store::read_series(more.series);
    options.is_fresh = true;
    check_equal(store::read_series(extract::run(options, secret).series), series);
    CHECK(pages_in(place).size() == 1);  // the older ones went
}

TEST_CASE("a fresh extraction of fewer hours keeps the pages of the others") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const auto options = small_pages(place, emulator.url());
    const auto expected = store::read_series(extract::run(options, secret).series);
    auto fewer = options;
    fewer.from += std::chrono::hours{100};
    fewer.to -= std::chrono::hours{100};
    fewer.is_fresh = true;
    CHECK(extract::run(fewer, secret).pages == 11);
    const auto again = extract::run(options, secret);
    CHECK(again.requests == 0);
    check_equal(store::read_series(again.series), expected);
}

TEST_CASE("a torn line, a lost page, a damaged page: fetched again, and nothing else") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const auto options = small_pages(place, emulator.url());
    const auto expected = store::read_series(extract::run(options, secret).series);
    const auto pages = pages_in(place);
    fs::remove(pages[3]);
    fs::resize_file(pages[5], fs::file_size(pages[5]) - 1);
    std::fstream(pages[7], std::ios::in | std::ios::out | std::ios::binary).seekp(100) << "damage";
    std::ofstream(place.folder() / "raw" / "journal.ndjson", std::ios::app) << R"({"dataset":"region-data","regi)";
    const auto again = extract::run(options, secret);
    CHECK(again.pages == 3);
    check_equal(store::read_series(again.series), expected);
    CHECK(extract::run(options, secret).pages == 0);
}

TEST_CASE("a fresh extraction that fails leaves all as it was") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    extract::run(options, secret);
    const std::string before = read_file(place.folder() / "series.h5");
    const test::Meddler meddler(emulator, [](net::Response& response, const std::string&, int number) {
        if (number > 5) response = {404, R"({"error":"Not found.","code":404})", "application/json", {}, {}};
    });
    options.is_fresh = true;
    options.base_url = meddler.url();
    CHECK_THROWS_AS(extract::run(options, secret), HttpError);
    CHECK(read_file(place.folder() / "series.h5") == before);
    options.is_fresh = false;
    CHECK(extract::run(options, secret).requests == 0);
}

TEST_CASE("pages of another source are not mixed in") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    extract::run(options, secret);
    options.identity = "another grid";
    CHECK_THROWS_WITH_AS(extract::run(options, secret), doctest::Contains("come from the grid of this test"),
                         ConfigError);
    options.is_fresh = true;
    CHECK(extract::run(options, secret).pages == 15);
}

TEST_CASE("an update fetches the latest days again, keeps the newer value and records the older") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    const auto before = store::read_series(extract::run(options, secret).series);
    const std::string row =
        R"("respondent":"PACW","respondent-name":"PacifiCorp West","type":"D","type-name":"Demand")";
    const test::Meddler meddler(emulator, [&](net::Response& response, const std::string& target, int) {
        if (target.find("/data/") == std::string::npos) return;
        for (const char* hour : {"2016-01-30T05", "2016-01-10T05"}) {  // the latter is older than an update looks
            const auto at = response.body.find("{\"period\":\"" + std::string(hour) + "\"," + row);
            if (at == std::string::npos) continue;
            const auto value = response.body.find("\"value\":\"", at) + 9;
            response.body.replace(value, response.body.find('"', value) - value, "4321.5");
        }
    });
    options.base_url = meddler.url();
    options.update_hours = 240;
    const auto update = extract::run(options, secret);
    CHECK(update.pages == 5);
    CHECK(update.revisions == 1);
    const auto after = store::read_series(update.series);
    const auto& demand = after.variable("demand");
    const std::size_t revised = 29 * 24 + 5;
    CHECK(demand.values[revised] == 4321.5);
    const std::string lines = read_file(place.folder() / "revisions.csv");
    CHECK(lines.starts_with("period,region,variable,old_mw,new_mw,seen_at\n2016-01-30T05,PACW,demand,"));
    CHECK(lines.find(fmt::format(",{},4321.5,20", before.variable("demand").values[revised])) != std::string::npos);
    CHECK(std::ranges::count(lines, '\n') == 2);
    for (std::size_t i = 0; i < demand.values.size(); ++i)
        if (i != revised) CHECK(is_same(demand.values[i], before.variable("demand").values[i]));

    options.update_hours = 0;  // the record outlives the run that made it
    CHECK(extract::run(options, secret).revisions == 1);
}

TEST_CASE("a data set without one row is an error that names it") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());  // 2016: the fuel mix begins in 2018
    auto options = place.options(emulator.url());
    options.datasets = {"fuel-type-data"};
    CHECK_THROWS_WITH_AS(extract::run(options, secret), doctest::Contains("fuel-type-data: no rows of PACW"),
                         DataError);
}

TEST_CASE("two extractions do not work on one folder") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    fs::create_directories(place.folder());
    const auto lock = std::make_unique<FolderLock>(place.folder(), LockTerms{.holder = "a test", .option = ""});
    CHECK_THROWS_WITH_AS(extract::run(place.options(emulator.url()), secret),
                         doctest::Contains(("another extraction (process " + std::to_string(getpid()) + " on " +
                                            host_name() + ") works on this folder")
                                               .c_str()),
                         StoreError);
}

TEST_CASE("asked to stop, it finishes the pages in hand; the next run goes on") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    options.connections = 1;
    std::stop_source stop;
    const test::Meddler meddler(emulator, [&](net::Response&, const std::string&, int number) {
        if (number == 4) stop.request_stop();
    });
    options.base_url = meddler.url();
    options.stop = stop.get_token();
    CHECK_THROWS_AS(extract::run(options, secret), extract::Stopped);
    CHECK(pages_in(place).size() == 4);
    options.stop = {};
    CHECK(extract::run(options, secret).pages == 11);
}

TEST_CASE("asked to stop while one connection waits for its turn, it finishes the page that another has in hand") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    options.connections = 2;
    options.requests_per_second = 4;
    options.burst = 1;
    std::stop_source stop;
    const test::Meddler meddler(emulator, [&](net::Response&, const std::string&, int number) {
        if (number != 3) return;
        stop.request_stop();
        std::this_thread::sleep_for(std::chrono::milliseconds{200});
    });
    options.base_url = meddler.url();
    options.stop = stop.get_token();
    CHECK_THROWS_AS(extract::run(options, secret), extract::Stopped);
    CHECK(pages_in(place).size() >= 3);  // the third is in hand; on a slow machine a fourth has gone out
}

TEST_CASE("the plan is what is then done") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = small_pages(place, emulator.url());
    options.requests_per_second = 5;
    options.burst = 5;
    const auto plan = extract::plan(options, secret);
    CHECK(plan.requests == 16);
    CHECK(plan.seconds >= 2);
    CHECK(plan.seconds < 4);
    REQUIRE(plan.parts.size() == 1);
    CHECK(plan.parts[0].rows == 744 * 4);
    CHECK(extract::to_text(plan).starts_with("plan: 16 requests, about 2 s"));
    CHECK_FALSE(fs::exists(place.folder()));
    options.requests_per_second = 10'000;
    CHECK(extract::run(options, secret).requests == 16);
    CHECK(extract::plan(options, secret).requests == 0);
}
