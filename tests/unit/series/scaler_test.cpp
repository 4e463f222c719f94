// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/core/error.hpp"
#include "gridring/series/dataset.hpp"
#include "gridring/series/flags.hpp"
#include "unit/series/samples.hpp"

namespace gridring::series {
namespace {

/// 90 and 110 in turn, then a tail of another level.
store::Series two_levels() {
    std::vector<double> mw(100);
    for (std::size_t t = 0; t < mw.size(); ++t) mw[t] = (t < 60 ? 100 : 150) + (t % 2 == 0 ? -10 : 10);
    auto series = test::series_of({mw});
    series.variables[0].flags.assign(100, good);
    return series;
}

TEST_CASE("the scaler sees the valid hours of its span and nothing else") {
    auto series = two_levels();
    for (std::size_t t : {10u, 11u}) {
        series.variables[0].values[t] = 1e6;
        series.variables[0].flags[t] = spike;
    }
    const Scaler scaler = fit_scaler(prepare(series, 0), 0, 60);
    CHECK(scaler.mean_mw[0] == doctest::Approx(100));
    CHECK(scaler.deviation_mw[0] == doctest::Approx(10));
    CHECK(scaler.scale(0, 115) == doctest::Approx(1.5));
    CHECK(scaler.unscale(0, -2) == doctest::Approx(80));
    CHECK(scaler.unscale(0, static_cast<double>(scaler.scale(0, 93))) == doctest::Approx(93));
}

TEST_CASE("too few hours or no variance are named with their region and span") {
    const Dataset data = prepare(two_levels(), 0);
    CHECK_NOTHROW(fit_scaler(data, 0, 48));
    CHECK_THROWS_WITH_AS(fit_scaler(data, 0, 47),
                         doctest::Contains("found 47 for A from 2024-01-01T00 up to 2024-01-02T23"), DataError);
    CHECK_THROWS_WITH_AS(fit_scaler(data, 60, 1000), doctest::Contains("found 40"), DataError);
    auto flat = two_levels();
    for (std::size_t t = 0; t < 100; ++t)
        flat.variables[0].values[t] = t % 3 == 2 ? test::missing_mw : 7;  // no run of three
    CHECK_THROWS_WITH_AS(fit_scaler(prepare(flat, 0), 0, 100), doctest::Contains("never changes"), DataError);
}

}  // namespace
}  // namespace gridring::series
