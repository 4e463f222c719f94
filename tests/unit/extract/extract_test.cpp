// SPDX-License-Identifier: MIT
#include "gridring/extract/extract.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "extract/raw_pages.hpp"
#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/source/eia.hpp"
#include "gridring/store/series_file.hpp"
#include "workplace.hpp"

using namespace gridring;
namespace fs = std::filesystem;
using test::secret;

namespace {

const std::vector<double>& served(const source::Emulator& emulator, const std::string& region,
                                  const std::string& type) {
    const auto& respondent = *std::ranges::find(emulator.grid().respondents, region, &source::GridRespondent::code);
    return std::ranges::find(respondent.quantities, type, &source::GridQuantity::type)->values;
}

/// Hours without a value in all that the options ask for.
std::int64_t gaps_in(const source::Emulator& emulator, const extract::Options& options) {
    std::int64_t gaps = 0;
    for (const auto& region : options.regions)
        for (const auto& type : options.types)
            gaps +=
                std::ranges::count_if(served(emulator, region, type), [](double value) { return std::isnan(value); });
    return gaps;
}

bool is_same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

TEST_CASE("a month arrives whole: every value, gap and name, in one file and the raw pages") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    extract::Options options = place.options(emulator.url());
    options.types = {"D", "DF", "NG", "TI"};
    options.page_rows = 500;  // 62 hours a window
    options.source_name = "synthetic grid, seed 1";
    const auto summary = extract::run(options, secret);

    CHECK(summary.hours == 744);
    CHECK(summary.gaps == gaps_in(emulator, options));
    CHECK(summary.records == 744 * 2 * 4 - summary.gaps);
    CHECK(summary.pages == 12);
    CHECK(summary.requests == 13);  // one for the respondents
    CHECK(summary.retries == 0);
    CHECK(summary.api_version == "2.1.8");
    CHECK(summary.bytes_on_wire > 10'000);
    CHECK(summary.tallies.size() == 8);

    const auto series = store::read_series(summary.series);
    CHECK(series.hours == 744);
    CHECK(series.first == options.from);
    CHECK(series.regions[0].code == "PACW");
    CHECK(series.regions[0].name == "PacifiCorp West");
    CHECK(series.regions[1].time_zone == "America/Los_Angeles");
    CHECK(series.provenance.api_version == "2.1.8");
    CHECK(series.provenance.source == "synthetic grid, seed 1");
    CHECK(series.provenance.source_url == emulator.url());
    for (const auto& [name, type] :
         {std::pair{"demand", "D"}, {"demand_forecast", "DF"}, {"net_generation", "NG"}, {"total_interchange", "TI"}})
        for (std::size_t region = 0; region < 2; ++region) {
            const auto& variable = series.variable(name);
            const auto& expected = served(emulator, options.regions[region], type);
            CHECK(variable.cleaned.empty());
            for (std::size_t hour = 0; hour < 744; ++hour) {
                const std::size_t at = region * 744 + hour;
                CHECK(is_same(variable.values[at], expected[hour]));
                CHECK(((variable.flags[at] & series::missing) != 0) == std::isnan(expected[hour]));
            }
        }
    CHECK(std::distance(fs::directory_iterator(summary.raw), {}) == 13);  // and the journal
}

TEST_CASE("fetch brings the series that run writes, and leaves no file") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    extract::Options options = place.options(emulator.url());
    const auto fetched = extract::fetch(options, secret);
    CHECK(!fs::exists(place.folder()));

    const auto stored = store::read_series(extract::run(options, secret).series);
    CHECK(fetched.first == stored.first);
    CHECK(fetched.flag_names == stored.flag_names);
    CHECK(fetched.provenance.source_url == stored.provenance.source_url);
    CHECK(fetched.provenance.api_version == stored.provenance.api_version);
    for (const char* name : {"demand", "demand_forecast"}) {
        CHECK(std::ranges::equal(fetched.variable(name).values, stored.variable(name).values, is_same));
        CHECK(fetched.variable(name).flags == stored.variable(name).flags);
    }

    std::stop_source stop;
    stop.request_stop();
    options.stop = stop.get_token();
    CHECK_THROWS_AS(extract::fetch(options, secret), extract::Stopped);
}

TEST_CASE("the key is in no file, though the server echoes it in every page") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    extract::run(place.options(emulator.url()), secret);
    int files = 0;
    for (const auto& entry : fs::recursive_directory_iterator(place.folder())) {
        if (!entry.is_regular_file()) continue;
        std::string bytes = read_file(entry.path());
        if (entry.path().extension() == ".zst") {
            bytes = extract::read_raw_page(entry.path());
            CHECK(bytes.find("\"api_key\":\"REDACTED\"") != std::string::npos);
        }
        CHECK_MESSAGE(bytes.find(secret) == std::string::npos, entry.path().string());
        ++files;
    }
    CHECK(files == 4);  // series.h5, journal, page, lock
}

TEST_CASE("faults and throttling are waited out; nothing is lost or doubled") {
    const test::Workplace place;
    source::EmulatorOptions rough = test::january();
    rough.faults = {{"503", 3}};
    const source::Emulator faulty(rough);
    extract::Options options = place.options(faulty.url());
    options.page_rows = 100;
    options.attempts = 30;  // every third request fails, and with four connections often the same page
    const auto summary = extract::run(options, secret);
    CHECK(summary.records == 744 * 4 - gaps_in(faulty, options));
    CHECK(summary.retries == faulty.counters().faults);
    CHECK(summary.retries > 5);
    CHECK(summary.requests == faulty.counters().requests);

    const source::Emulator calm(test::january());
    std::atomic<int> throttled = 0;
    const test::Meddler strict(calm, [&](net::Response& response, const std::string&, int number) {
        if (number % 4 != 1) return;
        response = {429, R"({"error":{"code":"OVER_RATE_LIMIT"}})", "application/json", {}, {}};
        ++throttled;
    });
    options.base_url = strict.url();
    options.is_fresh = true;
    const auto again = extract::run(options, secret);
    CHECK(again.records == summary.records);
    CHECK(again.retries == throttled);
    CHECK(again.retries > 5);
}

TEST_CASE("all connections together keep the pace given") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    extract::Options options = place.options(emulator.url());
    options.page_rows = 200;
    options.requests_per_second = 40;
    options.burst = 3;
    const auto summary = extract::run(options, secret);
    CHECK(summary.requests == 16);
    CHECK(summary.seconds > 13.0 / 40);
}

TEST_CASE("a server that reads the key from the query alone gets it there") {
    const test::Workplace place;
    source::EmulatorOptions old_fashioned = test::january();
    old_fashioned.reads_key_header = false;
    const source::Emulator emulator(old_fashioned);
    const auto summary = extract::run(place.options(emulator.url()), secret);
    CHECK(summary.requests == summary.pages + 2);  // the first call is made twice, once without effect
    CHECK(summary.retries == 0);
}

TEST_CASE("one hour of one region is an extraction too, and a longer one goes on from it") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    extract::Options options = place.options(emulator.url());
    options.regions = {"MISO"};
    options.types = {"DF"};
    options.from = options.to = *parse_hour("2016-01-15T12");
    const auto summary = extract::run(options, secret);
    CHECK(summary.records == 1);
    options.from -= std::chrono::hours{24};
    CHECK(extract::run(options, secret).records == 24);  // the hour that was there is not fetched again
    const auto series = store::read_series(summary.series);
    CHECK(series.hours == 25);
    CHECK(std::ranges::none_of(series.variables[0].values, [](double value) { return std::isnan(value); }));
}

TEST_CASE("the summary names all that happened, for people and for programs") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const auto summary = extract::run(place.options(emulator.url()), secret);
    const auto text = extract::to_text(summary);
    for (const std::string& word :
         {std::string("2016-01-01T00 to 2016-01-31T23 UTC (744 hours)"), summary.series.string(), summary.raw.string(),
          std::string("records/s"), std::string("PACW    DF"), std::string("gaps")})
        CHECK_MESSAGE(text.find(word) != std::string::npos, word, " not in\n", text);
    const auto json = nlohmann::json::parse(extract::to_json(summary));
    CHECK(json["records"] == summary.records);
    CHECK(json["regions"].size() == 4);
    CHECK(json["regions"][3]["code"] == "CISO");
    CHECK(json["from"] == "2016-01-01T00");
}
