// SPDX-License-Identifier: MIT
#include <doctest/doctest.h>
#include <hdf5.h>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "unit/store/samples.hpp"

namespace gridring {
namespace {

void check_same(const store::Series& found, const store::Series& expected) {
    CHECK(found.first == expected.first);
    CHECK(found.hours == expected.hours);
    CHECK(found.flag_names == expected.flag_names);
    CHECK(found.provenance.source_url == expected.provenance.source_url);
    CHECK(found.provenance.history == expected.provenance.history);
    REQUIRE(found.regions.size() == expected.regions.size());
    for (std::size_t i = 0; i < expected.regions.size(); ++i) {
        CHECK(found.regions[i].code == expected.regions[i].code);
        CHECK(found.regions[i].name == expected.regions[i].name);
        CHECK(found.regions[i].time_zone == expected.regions[i].time_zone);
    }
    REQUIRE(found.variables.size() == expected.variables.size());
    for (std::size_t i = 0; i < expected.variables.size(); ++i) {
        CHECK(found.variables[i].name == expected.variables[i].name);
        CHECK(found.variables[i].source_code == expected.variables[i].source_code);
        CHECK(found.variables[i].long_name == expected.variables[i].long_name);
        CHECK(found.variables[i].units == expected.variables[i].units);
        CHECK(test::same_values(found.variables[i].values, expected.variables[i].values));
        CHECK(found.variables[i].flags == expected.variables[i].flags);
        CHECK(test::same_values(found.variables[i].cleaned, expected.variables[i].cleaned));
        CHECK(found.variables[i].cleaning_method == expected.variables[i].cleaning_method);
    }
}

TEST_CASE("a series comes back as it was written") {
    const test::TemporaryFolder folder;
    const auto series = test::small_series();
    store::write_series(folder / "series.h5", series);
    check_same(store::read_series(folder / "series.h5"), series);
}

TEST_CASE("the same series gives the same bytes") {
    const test::TemporaryFolder folder;
    store::write_series(folder / "a.h5", test::small_series());
    store::write_series(folder / "b.h5", test::small_series());
    CHECK(read_file(folder / "a.h5") == read_file(folder / "b.h5"));
}

/// As another program would, after the fact.
void add_dataset(const std::filesystem::path& path, const char* name, const std::vector<hsize_t>& shape,
                 const char* source_code) {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const hid_t space = H5Screate_simple(static_cast<int>(shape.size()), shape.data(), nullptr);
    const hid_t data = H5Dcreate2(file, name, H5T_NATIVE_DOUBLE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    if (*source_code) {
        const hid_t text = H5Tcopy(H5T_C_S1), one = H5Screate(H5S_SCALAR);
        H5Tset_size(text, std::string(source_code).size());
        const hid_t attribute = H5Acreate2(data, "source_code", text, one, H5P_DEFAULT, H5P_DEFAULT);
        H5Awrite(attribute, text, source_code);
        H5Aclose(attribute);
        H5Sclose(one);
        H5Tclose(text);
    }
    H5Dclose(data);
    H5Sclose(space);
    H5Fclose(file);
}

TEST_CASE("datasets of others are passed over, variables of a wrong shape are not") {
    const test::TemporaryFolder folder;
    const auto path = folder / "series.h5";
    const auto series = test::small_series();
    store::write_series(path, series);
    add_dataset(path, "correlation", {2, 2}, "");
    add_dataset(path, "temperature", {2, 5}, "");
    add_dataset(path, "profile", {24}, "");
    check_same(store::read_series(path), series);
    SUBCASE("too short") { add_dataset(path, "net_generation", {2, 4}, "NG"); }
    SUBCASE("not by region") { add_dataset(path, "net_generation", {5}, "NG"); }
    CHECK_THROWS_WITH_AS(store::read_series(path), doctest::Contains("/net_generation should be"), StoreError);
}

TEST_CASE("a long series is cut in chunks and read back by blocks") {
    const test::TemporaryFolder folder;
    auto series = test::small_series();
    series.hours = 60'000;
    series.variables.resize(1);
    auto& demand = series.variables[0];
    demand.flags.clear();
    demand.cleaned.clear();
    demand.values.resize(120'000);
    for (std::size_t i = 0; i < demand.values.size(); ++i) demand.values[i] = static_cast<double>(i) / 7;
    store::write_series(folder / "series.h5", series);

    const auto block = store::read_hours(folder / "series.h5", "demand", 1, 29'990, 1'000);
    CHECK(block == std::vector<double>(demand.values.begin() + 89'990, demand.values.begin() + 90'990));
    CHECK(store::read_series(folder / "series.h5").variables[0].values == demand.values);
}

/// What the first release would have written: flags of 8 bits, by their old names, and no method of cleaning.
void turn_into_version_1(const std::filesystem::path& path) {
    const hid_t file = H5Fopen(path.c_str(), H5F_ACC_RDWR, H5P_DEFAULT);
    const std::int64_t version = 1;
    const hid_t number = H5Aopen(file, "format_version", H5P_DEFAULT);
    H5Awrite(number, H5T_NATIVE_INT64, &version);
    H5Aclose(number);
    H5Adelete_by_name(file, "/demand_clean", "cleaning_method", H5P_DEFAULT);
    H5Ldelete(file, "/demand_flag", H5P_DEFAULT);
    const std::vector<std::uint8_t> flags{0, 0, 1, 0, 2, 32, 0, 0, 0, 0};
    const std::vector<hsize_t> shape{2, 5};
    const std::string names = "missing not_positive out_of_range spike repeated conflicting";
    const hid_t space = H5Screate_simple(2, shape.data(), nullptr), one = H5Screate(H5S_SCALAR);
    const hid_t data = H5Dcreate2(file, "/demand_flag", H5T_STD_U8LE, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT);
    H5Dwrite(data, H5T_NATIVE_UINT8, H5S_ALL, H5S_ALL, H5P_DEFAULT, flags.data());
    const hid_t text = H5Tcopy(H5T_C_S1);
    H5Tset_size(text, names.size());
    const hid_t meanings = H5Acreate2(data, "flag_meanings", text, one, H5P_DEFAULT, H5P_DEFAULT);
    H5Awrite(meanings, text, names.data());
    H5Aclose(meanings);
    H5Tclose(text);
    H5Sclose(one);
    H5Sclose(space);
    H5Dclose(data);
    H5Fclose(file);
}

TEST_CASE("a file of version 1 is read: its flags keep their bits and names") {
    const test::TemporaryFolder folder;
    const auto path = folder / "series.h5";
    auto expected = test::small_series();
    store::write_series(path, expected);
    turn_into_version_1(path);
    expected.flag_names = {"missing", "not_positive", "out_of_range", "spike", "repeated", "conflicting"};
    expected.variables[0].flags = {0, 0, 1, 0, 2, 32, 0, 0, 0, 0};
    check_same(store::read_series(path), expected);
    CHECK(store::read_hours(path, "demand_flag", 1, 0, 2) == std::vector<double>{32, 0});
}

TEST_CASE("read_hours reads values, cleaned values and flags, and refuses what is not there") {
    const test::TemporaryFolder folder;
    const auto path = folder / "series.h5";
    store::write_series(path, test::small_series());
    CHECK(store::read_hours(path, "demand", 1, 3, 2) == std::vector<double>{38000, 37000});
    CHECK(test::same_values(store::read_hours(path, "demand_clean", 0, 3, 2), {2300, test::missing}));
    CHECK(store::read_hours(path, "demand_flag", 0, 1, 2) == std::vector<double>{0, 1});
    CHECK(store::read_hours(path, "demand", 0, 5, 0).empty());
    CHECK_THROWS_AS(store::read_hours(path, "demand", 2, 0, 1), StoreError);
    CHECK_THROWS_AS(store::read_hours(path, "demand", 0, 3, 3), StoreError);
    CHECK_THROWS_AS(store::read_hours(path, "demand", 0, -1, 1), StoreError);
    CHECK_THROWS_AS(store::read_hours(path, "demand", 0, 1, std::numeric_limits<std::int64_t>::max()), StoreError);
    CHECK_THROWS_WITH_AS(store::read_hours(path, "load", 0, 0, 1),
                         doctest::Contains("expected dataset /load, found none"), StoreError);
}

TEST_CASE("looking up a variable or a region names what there is") {
    const auto series = test::small_series();
    CHECK(series.variable("demand_forecast").source_code == "DF");
    CHECK(series.region_index("ERCO") == 1);
    CHECK_THROWS_WITH_AS(series.variable("load"), doctest::Contains("demand, demand_forecast"), DataError);
    CHECK_THROWS_WITH_AS(series.region_index("ERCOT"), doctest::Contains("PACW, ERCO"), DataError);
}

TEST_CASE("a series written row by row is that written whole, and a row left out is missing") {
    const test::TemporaryFolder folder;
    auto series = test::small_series();
    series.variables.resize(1);
    auto& demand = series.variables[0];
    demand.cleaned.clear(), demand.cleaning_method.clear();
    std::ranges::fill_n(demand.values.begin() + 5, 5, test::missing);
    std::ranges::fill_n(demand.flags.begin() + 5, 5, std::uint16_t{1});
    store::write_series(folder / "whole.h5", series);

    store::SeriesWriter writer(folder / "rows.h5", series);
    writer.begin(demand, true, false);
    writer.row(0, std::span(demand.values).first(5), std::span(demand.flags).first(5), {});
    writer.publish();
    CHECK(read_file(folder / "rows.h5") == read_file(folder / "whole.h5"));
    check_same(store::read_series(folder / "rows.h5"), series);
}

TEST_CASE("a series that does not fit together is refused before a file is touched") {
    const test::TemporaryFolder folder;
    auto series = test::small_series();
    SUBCASE("values too short") { series.variables[0].values.pop_back(); }
    SUBCASE("flags too long") { series.variables[0].flags.push_back(0); }
    SUBCASE("flags without names") { series.flag_names.clear(); }
    SUBCASE("more flags than bits") { series.flag_names.resize(17); }
    SUBCASE("cleaned, who knows how") { series.variables[0].cleaning_method.clear(); }
    SUBCASE("no source code") { series.variables[1].source_code.clear(); }
    SUBCASE("no hours") { series.hours = 0; }
    CHECK_THROWS_AS(store::write_series(folder / "series.h5", series), BugError);
    CHECK(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace gridring
