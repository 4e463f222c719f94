// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "gridring/core/error.hpp"
#include "store/hdf5_writer.hpp"
#include "store/series_format.hpp"

namespace gridring::store {
namespace {

using namespace series_format;

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

void write_provenance(Writer& file, const Provenance& provenance) {
    file.attributes("/", {{"Conventions", "CF-1.8"},
                          {"title", "hourly electricity data by region"},
                          {"source", provenance.source},
                          {"source_url", provenance.source_url},
                          {"retrieved_at", provenance.retrieved_at},
                          {"api_version", provenance.api_version},
                          {"history", provenance.history}});
}

void write_axes(Writer& file, const Series& series) {
    std::vector<std::int64_t> time(static_cast<std::size_t>(series.hours));
    std::iota(time.begin(), time.end(), epoch_hours(series.first));
    file.dataset("/time", {series.hours}, time, Packing::deflate);
    file.make_scale("/time");
    file.attributes("/time", {{"units", time_units},
                              {"calendar", "standard"},
                              {"standard_name", "time"},
                              {"long_name", "end of the hour, UTC"},
                              {"comment", "hour ending: the value stamped t is the mean from t - 1 h to t"},
                              {"axis", "T"}});
    const auto texts = [&](const std::string& name, std::string SeriesRegion::*member, const char* long_name) {
        std::vector<std::string> values;
        std::ranges::transform(series.regions, std::back_inserter(values), member);
        file.texts(name, values);
        file.attribute(name, "long_name", long_name);
    };
    texts("/region", &SeriesRegion::code, "code of the balancing authority or region");
    file.make_scale("/region");
    texts("/region_name", &SeriesRegion::name, "name of the balancing authority or region");
    texts("/time_zone", &SeriesRegion::time_zone, "IANA time zone of its local time");
    for (const char* name : {"/region_name", "/time_zone"}) file.label(name, {"/region"});
}

void write_values(Writer& file, const std::string& name, const Shape& shape, const std::vector<double>& values,
                  const Attributes& attributes) {
    file.dataset(name, shape, values, Packing::deflate);
    file.label(name, {"/region", "/time"});
    file.attribute(name, "_FillValue", no_value);
    file.attributes(name, attributes);
    file.attributes(name,
                    {{"cell_methods", "time: mean (interval: 1 hour)"}, {"coordinates", "region_name time_zone"}});
}

void write_flags(Writer& file, const std::string& name, const SeriesVariable& variable, const Series& series) {
    std::vector<std::uint16_t> masks;  // CF: of the type of the flags
    for (std::size_t bit = 0; bit < series.flag_names.size(); ++bit)
        masks.push_back(static_cast<std::uint16_t>(1u << bit));
    file.dataset(name, shape_of(series), variable.flags, Packing::deflate);
    file.label(name, {"/region", "/time"});
    file.attribute(name, "flag_masks", masks);
    file.attributes(name, {{"standard_name", "quality_flag"},
                           {"long_name", "why an hour of " + variable.name + " is not to be trusted; 0 = good"},
                           {"flag_meanings", fmt::format("{}", fmt::join(series.flag_names, " "))},
                           {"coordinates", "region_name time_zone"}});
}

void write_variable(Writer& file, const SeriesVariable& variable, const Series& series) {
    const std::string name = "/" + variable.name, flag = name + flag_suffix, clean = name + clean_suffix;
    Attributes attributes{
        {"units", variable.units}, {"long_name", variable.long_name}, {"source_code", variable.source_code}};
    if (!variable.flags.empty()) attributes["ancillary_variables"] = variable.name + flag_suffix;
    write_values(file, name, shape_of(series), variable.values, attributes);
    if (!variable.flags.empty()) write_flags(file, flag, variable, series);
    if (!variable.cleaned.empty()) {
        attributes["long_name"] += ", cleaned";
        attributes["cleaning_method"] = variable.cleaning_method;
        write_values(file, clean, shape_of(series), variable.cleaned, attributes);
    }
}

void check_lengths(const Series& series) {
    expects(series.hours > 0 && !series.regions.empty(), "a series has hours and regions");
    const auto cells = static_cast<std::size_t>(element_count(shape_of(series)));
    for (const SeriesVariable& variable : series.variables) {
        expects(!variable.source_code.empty(), variable.name + " has the source_code by which readers know a variable");
        expects(variable.values.size() == cells, variable.name + " has a value for every region and hour");
        expects(variable.flags.empty() || variable.flags.size() == cells,
                variable.name + " has a flag for every value");
        expects(variable.flags.empty() || (!series.flag_names.empty() && series.flag_names.size() <= 16),
                variable.name + " has flags, and they have names");
        expects(variable.cleaned.empty() || variable.cleaned.size() == cells, variable.name + " cleaned is as long");
        expects(variable.cleaned.empty() || !variable.cleaning_method.empty(),
                variable.name + " is cleaned by a method that has a name");
    }
}

}  // namespace

void write_series(const std::filesystem::path& path, const Series& series) {
    check_lengths(series);
    Writer file(path, series_format::name, version);
    write_provenance(file, series.provenance);
    write_axes(file, series);
    for (const SeriesVariable& variable : series.variables) write_variable(file, variable, series);
    file.publish();
}

}  // namespace gridring::store
