// SPDX-License-Identifier: MIT
#include "gridring/store/results_file.hpp"

#include <algorithm>
#include <limits>
#include <numeric>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"
#include "store/hdf5_reader.hpp"
#include "store/hdf5_writer.hpp"
#include "store/score_writer.hpp"

namespace gridring::store {
namespace {

constexpr const char *format = "results", *time_units = "hours since 1970-01-01 00:00:00";
constexpr std::int64_t version = 1, no_origin = std::numeric_limits<std::int64_t>::min();
constexpr float no_value = std::numeric_limits<float>::quiet_NaN();

std::int64_t extent(const auto& values) { return static_cast<std::int64_t>(values.size()); }

Shape actual_shape(const Results& results) {
    return {extent(results.regions), results.origin_count(), results.horizon};
}

Shape forecast_shape(const Results& results) {
    Shape shape = actual_shape(results);
    shape.push_back(extent(results.quantiles));
    return shape;
}

Shape medians_shape(const Results& results) {
    Shape shape = actual_shape(results);
    shape.insert(shape.begin(), extent(results.names));
    return shape;
}

void check_extents(const Results& results) {
    expects(results.origins.size() == results.regions.size(), "results have origins for every region");
    expects(extent(results.forecast) == element_count(forecast_shape(results)),
            "the forecast is region x origin x lead x quantile");
    expects(extent(results.actual) == element_count(actual_shape(results)), "the actuals are region x origin x lead");
    expects(extent(results.medians) == element_count(medians_shape(results)),
            "the medians are name x region x origin x lead");
}

void write_coordinate(Writer& file, const std::string& name, const auto& values, const Attributes& attributes) {
    file.dataset(name, {extent(values)}, values);
    file.make_scale(name);
    file.attributes(name, attributes);
}

std::vector<std::int64_t> counting_from(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> numbers(static_cast<std::size_t>(count));
    std::iota(numbers.begin(), numbers.end(), first);
    return numbers;
}

void write_axes(Writer& file, const Results& results) {
    file.texts("/region", results.regions);
    file.make_scale("/region");
    file.attribute("/region", "long_name", "code of the balancing authority or region");
    write_coordinate(file, "/origin", counting_from(0, results.origin_count()),
                     {{"long_name", "number of the forecast"}});
    write_coordinate(file, "/lead", counting_from(1, results.horizon),
                     {{"long_name", "hours from the origin to the end of the target hour"}, {"units", "h"}});
    write_coordinate(file, "/quantile", results.quantiles, {{"long_name", "probability level"}, {"units", "1"}});
}

void write_origin_times(Writer& file, const Results& results) {
    std::vector<std::int64_t> times;
    for (const auto& origins : results.origins) {
        std::ranges::transform(origins, std::back_inserter(times), epoch_hours);
        times.resize(times.size() + static_cast<std::size_t>(results.origin_count() - extent(origins)), no_origin);
    }
    file.dataset("/origin_time", {extent(results.regions), results.origin_count()}, times);
    file.label("/origin_time", {"/region", "/origin"});
    file.attribute("/origin_time", "_FillValue", no_origin);
    file.attributes("/origin_time", {{"units", time_units},
                                     {"calendar", "standard"},
                                     {"long_name", "last hour known to the forecast, UTC, named by its end"},
                                     {"comment", "target hour = origin_time + lead"}});
}

void write_values(Writer& file, const std::string& name, const std::vector<std::string>& axes, const Shape& shape,
                  const std::vector<float>& values, const std::string& long_name) {
    file.dataset(name, shape, values, Packing::deflate);
    file.label(name, axes);
    file.attribute(name, "_FillValue", no_value);
    file.attributes(name, {{"units", "MW"}, {"long_name", long_name}, {"coordinates", "origin_time"}});
}

std::int64_t extent_of_axis(const Results& results, const std::string& axis) {
    if (axis == "name") return extent(results.names);
    if (axis == "region") return extent(results.regions);
    if (axis == "quantile") return extent(results.quantiles);
    const auto found = std::ranges::find(results.axes, axis, &ScoreAxis::name);
    expects(found != results.axes.end(), "scores have axes that there are: " + axis);
    return extent(found->labels);
}

Shape shape_of(const Results& results, const Score& score) {
    Shape shape;
    for (const std::string& axis : score.axes) shape.push_back(extent_of_axis(results, axis));
    return shape;
}

void write_contest(Writer& file, const Results& results) {
    file.texts("/name", results.names);
    file.make_scale("/name");
    file.attribute("/name", "long_name", "whose forecast");
    write_values(file, "/median_forecast", {"/name", "/region", "/origin", "/lead"}, medians_shape(results),
                 results.medians, "median forecasts of " + results.variable);
    for (const ScoreAxis& axis : results.axes) write_score_axis(file, axis);
    for (const Score& score : results.scores) write_score(file, score, shape_of(results, score));
}

std::vector<std::vector<Hour>> read_origins(const Reader& file, std::size_t regions) {
    const Shape shape = file.shape("/origin_time");
    if (shape.size() != 2 || shape[0] != static_cast<std::int64_t>(regions))
        file.reject("/origin_time should be region x origin, found " + extents_text(shape));
    const auto times = file.read<std::int64_t>("/origin_time");
    std::vector<std::vector<Hour>> origins(regions);
    for (std::size_t i = 0; i < times.size(); ++i)
        if (times[i] != no_origin)
            origins[i / static_cast<std::size_t>(shape[1])].push_back(file.hour("/origin_time", times[i]));
    return origins;
}

}  // namespace

std::size_t Results::median() const {
    return static_cast<std::size_t>(std::ranges::find(quantiles, 0.5) - quantiles.begin());
}

std::int64_t Results::origin_count() const {
    std::size_t most = 0;
    for (const auto& of_region : origins) most = std::max(most, of_region.size());
    return static_cast<std::int64_t>(most);
}

void write_results(const std::filesystem::path& path, const Results& results) {
    const trace::Span span("file", "write results");
    check_extents(results);
    Writer file(path, format, version);
    file.attributes("/",
                    {{"Conventions", "CF-1.8"}, {"title", "forecasts and actuals"}, {"variable", results.variable}});
    write_axes(file, results);
    write_origin_times(file, results);
    write_values(file, "/forecast", {"/region", "/origin", "/lead", "/quantile"}, forecast_shape(results),
                 results.forecast, "forecast of " + results.variable);
    write_values(file, "/actual", {"/region", "/origin", "/lead"}, actual_shape(results), results.actual,
                 "actual " + results.variable);
    if (!results.names.empty()) write_contest(file, results);
    file.attributes("/", results.attributes);
    file.publish();
}

Results read_results(const std::filesystem::path& path) {
    const trace::Span span("file", "read results");
    const Reader file(path, format, version);
    Results results;
    results.variable = file.text("/", "variable");
    results.regions = file.texts("/region");
    results.origins = read_origins(file, results.regions.size());
    results.horizon = element_count(file.shape("/lead"));
    results.quantiles = file.read<double>("/quantile");
    results.attributes = file.attributes("/");
    for (const char* own : {"Conventions", "title", "variable", "gridring_format"}) results.attributes.erase(own);
    file.require_shape("/forecast", forecast_shape(results));
    file.require_shape("/actual", actual_shape(results));
    results.forecast = file.read<float>("/forecast");
    results.actual = file.read<float>("/actual");
    return results;
}

}  // namespace gridring::store
