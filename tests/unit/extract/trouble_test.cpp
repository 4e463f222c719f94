// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <fmt/format.h>

#include <atomic>
#include <cmath>
#include <map>
#include <regex>

#include "gridring/core/error.hpp"
#include "gridring/series/flags.hpp"
#include "gridring/store/series_file.hpp"
#include "support/captured_stderr.hpp"
#include "workplace.hpp"

using namespace gridring;
using test::Meddler, test::replace_first, test::secret;

namespace {

/// What run() throws, as text with its exit code in front; and the key must not be in it.
std::string complaint(const extract::Options& options, const std::string& key = secret) {
    try {
        extract::run(options, key);
    } catch (const Error& error) {
        const std::string text = error.what();
        CHECK(text.find(key.empty() ? "\x01" : key) == std::string::npos);
        return fmt::format("{}: {}", static_cast<int>(error.exit_code()), text);
    }
    return "0: done";
}

bool begins(const std::string& text, const std::string& start) { return text.find(start) == 0; }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// A page of 100 rows at most, though more were asked for.
void cut_to_100_rows(net::Response& response) {
    std::string::size_type at = 0, rows = 0;
    while (rows < 101 && (at = response.body.find("{\"period\"", at + 1)) != std::string::npos) ++rows;
    if (rows == 101) response.body.erase(at - 1, response.body.find("],\"description\"") - at + 1);
}

}  // namespace

TEST_CASE("a misspelt region ends the job before the first page") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = place.options(emulator.url());
    options.regions = {"PACW", "SPP"};
    const std::string text = complaint(options);
    CHECK(begins(text, "3: region 'SPP' is unknown"));
    CHECK(has(text, "zero rows"));
    CHECK(has(text, "SWPP (Southwest Power Pool)"));
    CHECK(emulator.counters().data_pages == 0);
}

TEST_CASE("a known region without rows is named with its type and span, and no series is written") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    auto options = place.options(emulator.url());
    options.regions = {"PACW", "PJM"};
    const std::string text = complaint(options);
    CHECK(begins(text, "3: region PJM has zero rows of type D (demand) from 2016-01-01T00 to 2016-01-31T23"));
    CHECK(has(text, "type DF"));
    CHECK_FALSE(has(text, "PACW"));
    CHECK_FALSE(std::filesystem::exists(place.folder() / "series.h5"));
}

TEST_CASE("a wrong key, no key, and a key that cannot be one") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const auto options = place.options(emulator.url());
    const std::string refused = complaint(options, "a-wrong-key-indeed");
    CHECK(begins(refused, "4: 127.0.0.1:"));
    CHECK(has(refused, "API key refused: set EIA_API_KEY"));
    CHECK(has(complaint(options, ""), "no API key reached the server: set EIA_API_KEY"));
    CHECK(emulator.counters().requests == 2);
    CHECK(begins(complaint(options, "a b"), "2: "));
}

TEST_CASE("a server that is not there is named with its port, soon") {
    const test::Workplace place;
    source::Emulator emulator(test::january());
    const auto options = place.options(emulator.url());
    emulator.stop();
    const std::string text = complaint(options);
    CHECK(begins(text, "4: could not connect to " + options.base_url.substr(7, options.base_url.size() - 10)));
    CHECK(has(text, "tried 3 times"));
    CHECK(has(text, "check the address (base_url)"));
}

TEST_CASE("a server that stays broken is given up after the attempts allowed") {
    const test::Workplace place;
    source::EmulatorOptions broken = test::january();
    broken.faults = {{"503", 1}};
    const source::Emulator emulator(broken);
    auto options = place.options(emulator.url());
    options.attempts = 4;
    const std::string text = complaint(options);
    CHECK(begins(text, "4: "));
    CHECK(has(text, "HTTP 503"));
    CHECK(has(text, "tried 4 times"));
    CHECK(emulator.counters().data_requests == 4);
}

TEST_CASE("the first failure ends all connections at once") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const Meddler meddler(emulator, [](net::Response& response, const std::string&, int number) {
        if (number == 2) response = {404, R"({"error":"Not found.","code":404})", "application/json", {}, {}};
        if (number > 2) response.delay = std::chrono::seconds{50};
    });
    auto options = place.options(meddler.url());
    options.page_rows = 50;
    const auto start = std::chrono::steady_clock::now();
    CHECK(has(complaint(options), "Not found."));
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds{10});
}

TEST_CASE("identical duplicates are dropped, differing ones flagged") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const std::regex row(R"re(\{"period":"2016-01-05T0[67]","respondent":"PACW"[^}]*"type":"D"[^}]*\})re");
    const Meddler meddler(emulator, [&](net::Response& response, const std::string&, int) {
        std::vector<std::string> rows;
        for (std::sregex_iterator found(response.body.begin(), response.body.end(), row), end; found != end; ++found)
            rows.push_back(found->str());
        if (rows.size() != 2) return;
        rows[1] = std::regex_replace(rows[1], std::regex(R"re("value":"[^"]*")re"), R"("value":"1")");
        replace_first(response.body, R"("data":[)", R"("data":[)" + rows[0] + "," + rows[1] + ",");
        const std::regex total(R"re("total":"(\d+)")re");
        std::smatch match;
        REQUIRE(std::regex_search(response.body, match, total));
        replace_first(response.body, match.str(), fmt::format("\"total\":\"{}\"", std::stol(match[1]) + 2));
    });
    auto options = place.options(meddler.url());
    options.clean = series::Cleaning::drop;
    const auto summary = extract::run(options, secret);
    const auto& pacw = summary.tallies[0];
    CHECK(pacw.duplicates == 1);
    CHECK(pacw.conflicts == 1);
    CHECK(summary.tallies[1].duplicates + summary.tallies[2].conflicts == 0);
    const auto series = store::read_series(summary.series);
    CHECK((series.variable("demand").flags[4 * 24 + 6] & series::conflicting) == 0);
    CHECK((series.variable("demand").flags[4 * 24 + 7] & series::conflicting) != 0);
    CHECK(std::isnan(series.variable("demand").cleaned[4 * 24 + 7]));
}

TEST_CASE("a total that moves between pages begins the window again") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const std::regex total(R"re("total":"\d+")re");
    std::atomic<int> moved = 0;
    const Meddler short_pages(emulator, [&](net::Response& response, const std::string& target, int) {
        if (!has(target, "offset=")) return;
        cut_to_100_rows(response);
        if (has(target, "offset=100&") && moved++ == 0)
            response.body = std::regex_replace(response.body, total, R"("total":"999")");
    });
    auto options = place.options(short_pages.url());
    options.regions = {"CISO"};
    options.types = {"D"};
    options.page_rows = 300;
    const auto summary = extract::run(options, secret);
    CHECK(summary.restarts == 1);
    CHECK(summary.records == 744 - summary.gaps);
    CHECK(summary.pages == 8);
}

TEST_CASE("only whole windows leave raw pages, and none of an earlier extraction is lost to a failed one") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const std::regex total(R"re("total":"\d+")re");
    auto options = place.options("");
    options.regions = {"CISO"};
    options.types = {"D"};
    options.page_rows = 1000;  // the month in one window
    const auto extract_from = [&](const std::string& url) {
        options.base_url = url;
        return extract::run(options, secret);
    };
    const auto kept = [&] {
        std::map<std::string, std::string> bytes;
        for (const auto& entry : std::filesystem::directory_iterator(place.folder() / "raw"))
            if (entry.path().extension() == ".zst") bytes[entry.path().filename().string()] = read_file(entry.path());
        return bytes;
    };

    std::atomic<bool> is_short = true;
    const Meddler fickle(emulator, [&](net::Response& response, const std::string& target, int) {
        if (is_short) cut_to_100_rows(response);
        if (!is_short || !has(target, "offset=200&")) return;
        is_short = false;  // the third page disowns the first two; then they come as one
        response.body = std::regex_replace(response.body, total, R"("total":"999")");
    });
    CHECK(extract_from(fickle.url()).restarts == 1);
    CHECK(kept().size() == 1);

    const Meddler hundreds(emulator, [](net::Response& response, const std::string& target, int) {
        if (has(target, "offset=")) cut_to_100_rows(response);
    });
    options.is_fresh = true;
    CHECK(extract_from(hundreds.url()).pages == 8);
    CHECK(kept().size() == 8);
    CHECK(extract_from(emulator.url()).pages == 1);
    CHECK(kept().size() == 1);

    options.is_fresh = false;
    options.regions = {"PACW"};
    CHECK(extract_from(emulator.url()).pages == 1);
    const auto both = kept();
    CHECK(both.size() == 2);  // the same hours of another region
    const Meddler liar(emulator, [&](net::Response& response, const std::string&, int) {
        response.body = std::regex_replace(response.body, total, R"("total":"9999")");
    });
    options.base_url = liar.url();
    for (const char* region : {"PACW", "MISO"}) {
        options.regions = {region};
        options.is_fresh = options.regions[0] == std::string("PACW");
        CHECK(begins(complaint(options), "3: "));
        CHECK(kept() == both);
    }
}

TEST_CASE("a window that never adds up is an error that says so") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const Meddler liar(emulator, [](net::Response& response, const std::string&, int) {
        response.body = std::regex_replace(response.body, std::regex(R"re("total":"\d+")re"), R"("total":"9999")");
    });
    const std::string text = complaint(place.options(liar.url()));
    CHECK(begins(text, "3: region-data of PACW, CISO, 2016-01-01T00 to "));
    CHECK(has(text, "the server tells of 9999 rows, more than there can be"));
    CHECK(has(text, "6 times in a row"));
}

TEST_CASE("a page cut on its way is fetched again; a reply that is always rubbish is an error of data") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    std::atomic<int> cut = 0;
    const Meddler meddler(emulator, [&](net::Response& response, const std::string& target, int) {
        if (has(target, "/data/") && cut++ == 0) response.body.resize(response.body.size() / 2);
    });
    const auto summary = extract::run(place.options(meddler.url()), secret);
    CHECK(summary.retries == 1);
    CHECK(summary.records == 744 * 4 - summary.gaps);

    const Meddler rubbish(emulator, [](net::Response& response, const std::string& target, int) {
        if (has(target, "/data/")) response.body = "<html>maintenance</html>";
    });
    auto options = place.options(rubbish.url());
    options.is_fresh = true;
    const std::string text = complaint(options);
    CHECK(begins(text, "3: "));
    CHECK(has(text, "<html>maintenance"));
}

TEST_CASE("unreadable rows, nulls and rows nobody asked for are counted and left out") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const Meddler meddler(emulator, [](net::Response& response, const std::string&, int) {
        const std::regex value(
            R"re(("period":"2016-01-09T0[123]","respondent":"PACW"[^}]*"type":"D"[^}]*"value":)"[^"]*")re");
        std::smatch match;
        if (std::regex_search(response.body, match, value))
            response.body = match.prefix().str() + match[1].str() + "null" + match.suffix().str();
        if (std::regex_search(response.body, match, value))
            response.body = match.prefix().str() + match[1].str() + "true" + match.suffix().str();
        if (std::regex_search(response.body, match, value)) {
            std::string stray = match.str();
            replace_first(stray, "PACW", "XXXX");
            response.body = match.prefix().str() + stray + match.suffix().str();
        }
    });
    const auto summary = extract::run(place.options(meddler.url()), secret);
    CHECK(summary.bad_rows == 2);
    CHECK(summary.tallies[0].nulls == 1);
    CHECK(summary.tallies[0].gaps >= 3);
}

TEST_CASE("a fuel that is newer than the program is named once, and kept") {
    const test::Workplace place;
    source::EmulatorOptions later = test::january();
    later.first = *parse_hour("2019-01-01T00"), later.last = *parse_hour("2019-01-05T23");
    later.faults = {{"new-fuel", 1}};
    const source::Emulator emulator(later);
    auto options = place.options(emulator.url());
    options.datasets = {"fuel-type-data"};
    options.from = later.first, options.to = later.last;
    log::set_level(log::Level::warning);
    const test::CapturedStderr captured;
    const auto summary = extract::run(options, secret);
    const std::string text = captured.text();
    const std::string warning = "fuel-type-data: NEW (NEW) is not known to gridring; its rows become generation_new";
    const auto at = text.find(warning);
    CHECK(at != std::string::npos);
    CHECK(text.find(warning, at + 1) == std::string::npos);  // of two regions
    CHECK(store::read_series(summary.series).variable("generation_new").values[0] == 7);
}

TEST_CASE("options that make no sense are refused before anything is done") {
    const test::Workplace place;
    const auto refused = [&](auto change) {
        extract::Options options = place.options("http://127.0.0.1:1/v2");
        change(options);
        return begins(complaint(options), "2: ");
    };
    CHECK(refused([](auto& o) { o.regions.clear(); }));
    CHECK(refused([](auto& o) { o.regions = {"PACW", "PACW"}; }));
    CHECK(refused([](auto& o) { o.types = {"D", "X"}; }));
    CHECK(refused([](auto& o) { o.to = o.from - std::chrono::hours{1}; }));
    CHECK(refused([](auto& o) { o.connections = 0; }));
    CHECK(refused([](auto& o) { o.requests_per_second = 0; }));
    CHECK(refused([](auto& o) { o.page_rows = 5001; }));
    CHECK(refused([](auto& o) { o.base_url = "api.eia.gov"; }));
    for (const std::string& tail : {"?api_key=" + secret, "#" + secret})  // complaint() looks for the secret
        CHECK(refused([&](auto& o) { o.base_url += tail; }));
    CHECK_FALSE(std::filesystem::exists(place.folder()));
}
