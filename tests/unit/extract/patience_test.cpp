// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <thread>

#include "extract/fetcher.hpp"
#include "gridring/core/error.hpp"
#include "support/captured_stderr.hpp"
#include "workplace.hpp"

using namespace gridring;

TEST_CASE("a server may ask for patience, but not for ever") {
    using namespace std::chrono_literals;
    extract::Manners options;
    source::Trouble trouble{source::Trouble::Kind::passing, 503, "tired", 7s};
    CHECK(extract::wait_after(trouble, 1, options) == 7s);
    for (const auto asked_for : {3601s, 1'000'000'000s, std::chrono::seconds::max()}) {
        trouble.retry_after = asked_for;
        CHECK(extract::wait_after(trouble, 1, options) == 1h);
    }
    options.longest_backoff = 2h;
    CHECK(extract::wait_after(trouble, 1, options) == 2h);
    trouble.retry_after = {};
    const auto first = extract::wait_after(trouble, 1, options), late = extract::wait_after(trouble, 2000, options);
    CHECK((first >= options.backoff / 2 && first <= options.backoff));
    CHECK((late >= 1h && late <= 2h));
}

TEST_CASE("a long wait is told of while it lasts, with its reason") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    const test::Meddler meddler(emulator, [](net::Response& response, const std::string&, int) {
        response = {
            429, R"({"error":{"code":"OVER_RATE_LIMIT"}})", "application/json", {{"Retry-After", "9999999"}}, {}};
    });
    const auto options = place.options(meddler.url());
    log::set_level(log::Level::info);
    const test::CapturedStderr captured;
    extract::StageClock clock;
    extract::Fetcher fetcher(options, test::secret, clock);
    std::thread stopper([&] {
        for (int i = 0; i < 500 && captured.text().find("all requests wait") == std::string::npos; ++i)
            std::this_thread::sleep_for(std::chrono::milliseconds{10});
        fetcher.stop();
    });
    CHECK_THROWS_AS(fetcher.regions(source::require_route("region-data")), HttpError);
    stopper.join();
    const std::string line = captured.text();
    const std::string expected =
        "the server suspends the key, or wants fewer requests (HTTP 429: OVER_RATE_LIMIT); all requests wait, the next "
        "one goes out in 3600.0 s, at 2";
    CHECK_MESSAGE(line.find(expected) != std::string::npos, line);
}
