// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/series/dataset.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

/// Named features of one hour in one zone.
class CalendarOf {
public:
    CalendarOf(const char* hour, const char* zone)
        : data_(prepare(test::series_of({std::vector<double>(2, 100)}, hour, zone), 0)) {}

    float operator[](const std::string& name) const {
        const auto& names = calendar_feature_names();
        const auto found = std::ranges::find(names, name);
        REQUIRE(found != names.end());
        return data_.calendar_of(0, 0)[static_cast<std::size_t>(found - names.begin())];
    }
    /// 0 … 23, from the first wave.
    double hour_of_day() const {
        const double turn =
            std::atan2((*this)["hour_of_day_sin_1"], (*this)["hour_of_day_cos_1"]) / (2 * std::numbers::pi);
        return std::round(24 * (turn < -1e-6 ? turn + 1 : turn));
    }

private:
    Dataset data_;
};

TEST_CASE("an hour belongs to the local hour that ends at its stamp") {
    const CalendarOf last_of_2023("2024-01-01T08", "America/Los_Angeles"),
        first_of_2024("2024-01-01T09", "America/Los_Angeles");
    CHECK(last_of_2023.hour_of_day() == 23);
    CHECK(last_of_2023["weekend"] == 1);  // a Sunday
    CHECK(last_of_2023["holiday"] == 0);
    CHECK(last_of_2023["before_holiday"] == 1);
    CHECK(last_of_2023["daylight_saving"] == 0);
    CHECK(first_of_2024.hour_of_day() == 0);
    CHECK(first_of_2024["weekend"] == 0);  // a Monday
    CHECK(first_of_2024["holiday"] == 1);
    CHECK(first_of_2024["day_of_week_cos_1"] == doctest::Approx(1));
    CHECK(first_of_2024["day_of_year_cos_1"] == doctest::Approx(1));
    CHECK(CalendarOf("2024-01-02T09", "America/Los_Angeles")["after_holiday"] == 1);
}

TEST_CASE("daylight saving moves the local hour: 1:00 to 2:00 is followed by 3:00 to 4:00") {
    CHECK(CalendarOf("2024-03-10T10", "America/Los_Angeles").hour_of_day() == 1);
    CHECK(CalendarOf("2024-03-10T10", "America/Los_Angeles")["daylight_saving"] == 0);
    CHECK(CalendarOf("2024-03-10T11", "America/Los_Angeles").hour_of_day() == 3);
    CHECK(CalendarOf("2024-03-10T11", "America/Los_Angeles")["daylight_saving"] == 1);
}

TEST_CASE("Arizona keeps standard time all year") {
    CHECK(CalendarOf("2024-07-01T08", "America/Phoenix").hour_of_day() == 0);
    CHECK(CalendarOf("2024-07-01T08", "America/Phoenix")["daylight_saving"] == 0);
}

TEST_CASE("every weekday has its own weekly waves") {
    const auto& names = calendar_feature_names();
    const auto data = prepare(test::series_of({std::vector<double>(7 * 24, 100)}), 0);
    const auto begin = std::ranges::find(names, "day_of_week_sin_1") - names.begin();
    for (std::int64_t a = 0; a < 7; ++a)
        for (std::int64_t b = 0; b < a; ++b) {
            const auto of_a = data.calendar_of(0, 24 * a + 12).subspan(static_cast<std::size_t>(begin), 6);
            const auto of_b = data.calendar_of(0, 24 * b + 12).subspan(static_cast<std::size_t>(begin), 6);
            double distance = 0;
            for (std::size_t i = 0; i < 6; ++i) distance += std::pow(of_a[i] - of_b[i], 2);
            CHECK(distance == doctest::Approx(7));  // an orthogonal code of the seven days
        }
}

TEST_CASE("a zone the system does not know is named") {
    CHECK_THROWS_WITH_AS(CalendarOf("2024-01-01T00", "America/Portland"), doctest::Contains("America/Portland"),
                         ConfigError);
}

}  // namespace
}  // namespace gridring::series
