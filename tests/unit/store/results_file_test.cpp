// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>

#include "gridring/core/error.hpp"
#include "unit/store/samples.hpp"

namespace gridring {
namespace {

TEST_CASE("results come back as they were written, a region with fewer origins included") {
    const test::TemporaryFolder folder;
    const auto written = test::small_results();
    CHECK(written.origin_count() == 2);
    store::write_results(folder / "results.h5", written);
    const auto found = store::read_results(folder / "results.h5");
    CHECK(found.variable == written.variable);
    CHECK(found.regions == written.regions);
    CHECK(found.origins == written.origins);
    CHECK(found.horizon == written.horizon);
    CHECK(found.quantiles == written.quantiles);
    CHECK(found.attributes == written.attributes);
    CHECK(test::same_values(found.forecast, written.forecast));
    CHECK(test::same_values(found.actual, written.actual));
}

TEST_CASE("of a contest the forecast that it is about comes back") {
    const test::TemporaryFolder folder;
    const auto written = test::small_contest();
    store::write_results(folder / "results.h5", written);
    const auto found = store::read_results(folder / "results.h5");
    CHECK(test::same_values(found.forecast, written.forecast));
    CHECK(found.origins == written.origins);
    CHECK(found.names.empty());
}

TEST_CASE("results without any origin are a file too") {
    const test::TemporaryFolder folder;
    auto written = test::small_results();
    written.origins = {{}, {}};
    written.forecast.clear();
    written.actual.clear();
    store::write_results(folder / "results.h5", written);
    CHECK(store::read_results(folder / "results.h5").origins == written.origins);
}

TEST_CASE("results that do not fit together are refused") {
    const test::TemporaryFolder folder;
    auto results = test::small_results();
    SUBCASE("forecast") { results.forecast.pop_back(); }
    SUBCASE("actual") { results.actual.pop_back(); }
    SUBCASE("origins") { results.origins.pop_back(); }
    SUBCASE("medians") { results = test::small_contest(), results.medians.pop_back(); }
    SUBCASE("an axis that there is not") { results = test::small_contest(), results.scores[0].axes[0] = "leads"; }
    SUBCASE("a score") { results = test::small_contest(), results.scores[1].values.pop_back(); }
    CHECK_THROWS_AS(store::write_results(folder / "results.h5", results), BugError);
}

}  // namespace
}  // namespace gridring
