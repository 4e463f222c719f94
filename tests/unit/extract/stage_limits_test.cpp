// SPDX-License-Identifier: MIT
#include "gridring/extract/stage_limits.hpp"

#include <doctest/doctest.h>

#include "workplace.hpp"

using namespace gridring;
namespace fs = std::filesystem;
using test::secret;

namespace {

std::ptrdiff_t files_in(const fs::path& folder) { return std::distance(fs::recursive_directory_iterator(folder), {}); }

}  // namespace

TEST_CASE("every stage of an extraction alone: all of its rows, and its folder stays as it was") {
    const test::Workplace place;
    const source::Emulator emulator(test::january());
    extract::Options options = place.options(emulator.url());
    options.page_rows = 500;
    const auto summary = extract::run(options, secret);
    const auto files = files_in(place.folder());

    const auto limits = extract::measure_stages(options, secret, 2);
    CHECK(limits.rows == summary.records);
    CHECK(limits.pages == summary.pages);
    CHECK(limits.bytes > 100 * limits.rows);
    for (const auto& cost : {limits.receive, limits.inflate, limits.redact, limits.parse, limits.keep, limits.write,
                             limits.assemble, limits.screen, limits.series}) {
        CHECK(cost.seconds > 0);
        CHECK(cost.cpu_seconds > 0);
    }
    CHECK(files_in(place.folder()) == files);

    source::EmulatorOptions unpacked = test::january();
    unpacked.gzip_level = 0;
    const source::Emulator plain(unpacked);
    options.base_url = plain.url();
    CHECK(extract::measure_stages(options, secret, 1).inflate.seconds == 0);
    CHECK(extract::measure_receiving(options, secret, 1).seconds > 0);
}

TEST_CASE("stages need the pages of an extraction, and a server that still gives them") {
    const test::Workplace place;
    extract::Options options = place.options("http://127.0.0.1:1/v2");
    fs::create_directories(options.folder / "raw");
    CHECK_THROWS_AS(extract::measure_stages(options, secret, 1), DataError);
    {
        const source::Emulator emulator(test::january());
        options.base_url = emulator.url();
        options.is_fresh = true;
        extract::run(options, secret);
    }
    CHECK_THROWS_AS(extract::measure_stages(options, secret, 1), HttpError);
}
