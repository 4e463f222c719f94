// SPDX-License-Identifier: MIT
#include "gridring/forecast/contest.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "support/toy_dataset.hpp"

namespace gridring::forecast {
namespace {

constexpr float none = std::numeric_limits<float>::quiet_NaN();

/// Everything it forecasts is `factor` times the truth, but for one hour that it has nothing for.
class Scaled final : public Forecaster {
public:
    Scaled(const Contest& contest, std::string name, float factor, std::int64_t gap = -1)
        : contest_(contest), name_(std::move(name)), factor_(factor), gap_(gap) {}
    std::string name() const override { return name_; }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        for (std::size_t i = 0; i < out.size(); ++i) {
            const auto target = origin + 1 + static_cast<std::int64_t>(i);
            if (target >= contest_.data.hours) continue;
            const auto at = static_cast<std::size_t>(region * contest_.data.hours + target);
            const float wobble = 1 + .001f * static_cast<float>(target % 7);
            out[i] = target == gap_ ? none : static_cast<float>(contest_.truth[at]) * factor_ * wobble;
        }
    }

private:
    const Contest& contest_;
    const std::string name_;
    const float factor_;
    const std::int64_t gap_;
};

TEST_CASE("all are judged by the hours that all have, and the better one is told from luck") {
    const auto data = test::toy_dataset(1200, 2);
    Contest contest{data, {}, data.actual_mw, {{1, 24}, {1, 48}, {15, 38}}, 600};
    for (std::int64_t region = 0; region < 2; ++region)
        contest.origins.push_back(series::midnight_origins(data, region, 600, 1200));
    const auto origins = contest.origins[0].size();
    const std::vector<Entry> entries{enter(contest, Scaled(contest, "good", 1.01f)),
                                     enter(contest, Scaled(contest, "bad", 1.05f, 700)),
                                     enter(contest, Scaled(contest, "alike", 1.01f))};
    const auto tables = judge(contest, entries);
    REQUIRE(tables.size() == 3);
    REQUIRE(tables[0].size() == 2);
    const Table& day = tables[0][0];
    CHECK(day.leads.last == 24);
    CHECK(day.region == "A");
    REQUIRE(day.standings.size() == 3);
    for (const Standing& standing : day.standings) {
        CHECK(standing.n == day.standings[0].n);
        CHECK(standing.ape_by_origin.size() == origins);
    }
    CHECK(day.standings[0].n < static_cast<std::int64_t>(origins) * 24);  // gaps of the truth, and of "bad"
    CHECK(day.standings[0].mape == doctest::Approx(1.3).epsilon(.02));
    CHECK(day.standings[1].mape == doctest::Approx(5.3).epsilon(.02));
    CHECK(day.standings[1].mase > day.standings[0].mase);
    CHECK(day.standings[1].against_first.mean_difference == doctest::Approx(4).epsilon(.02));
    CHECK(day.standings[1].against_first.p_two_sided < 1e-6);
    CHECK(day.standings[2].against_first.p_two_sided == 1);

    const std::string text = to_text(tables);
    CHECK(text.find("MAPE %, 15 to 38 h ahead") != std::string::npos);
    CHECK(text.find("5.31*") != std::string::npos);
    CHECK(text.find("mean") != std::string::npos);
}

}  // namespace
}  // namespace gridring::forecast
