// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/core/error.hpp"
#include "gridring/series/cleaning.hpp"
#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

/// mw[t] = t + 1, all good.
struct Ramp {
    std::vector<double> mw;
    std::vector<std::uint16_t> flags;

    explicit Ramp(std::size_t hours) : flags(hours, good) {
        for (std::size_t t = 0; t < hours; ++t) mw.push_back(static_cast<double>(t + 1));
    }
    void lose(std::size_t t) { mw[t] = test::missing_mw, flags[t] = missing; }
    std::vector<float> filled() const { return fill_from_past(mw, flags); }
};

TEST_CASE("a bad hour takes the value of a week before, else of a day before, else the last good one") {
    Ramp ramp(200);
    ramp.lose(180);
    CHECK(ramp.filled()[180] == 13);  // hour 12
    ramp.lose(12);
    CHECK(ramp.filled()[180] == 157);  // hour 156
    ramp.lose(156);
    CHECK(ramp.filled()[180] == 180);  // hour 179
    ramp.lose(179);
    CHECK(ramp.filled()[180] == 179);  // hour 178: 179 itself is a stand-in
    CHECK(ramp.filled()[181] == 182);
}

TEST_CASE("a flagged value that is present is replaced all the same") {
    Ramp ramp(30);
    ramp.flags[25] = spike;
    CHECK(ramp.filled()[25] == 2);
}

TEST_CASE("hours before the first good one take its value") {
    Ramp ramp(10);
    ramp.lose(0);
    ramp.lose(1);
    CHECK(ramp.filled()[0] == 3);
    CHECK(ramp.filled()[1] == 3);
}

TEST_CASE("filling looks at no later hour once one was good") {
    Ramp ramp(400);
    for (std::size_t t = 5; t < 400; t += 3) ramp.lose(t);
    const auto filled = ramp.filled();
    for (std::size_t cut = 1; cut < 400; cut += 13) {
        const auto early = fill_from_past(std::span(ramp.mw).first(cut), std::span(ramp.flags).first(cut));
        CHECK(std::equal(early.begin(), early.end(), filled.begin()));
    }
}

TEST_CASE("no good hour at all is a bug of the caller; no hour is not") {
    Ramp ramp(2);
    ramp.lose(0);
    ramp.lose(1);
    CHECK_THROWS_AS(ramp.filled(), BugError);
    CHECK(Ramp(0).filled().empty());
}

}  // namespace
}  // namespace gridring::series
