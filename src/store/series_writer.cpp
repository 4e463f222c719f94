// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <optional>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"
#include "store/hdf5_writer.hpp"
#include "store/series_format.hpp"

namespace gridring::store {
namespace {

using namespace series_format;

constexpr double no_value = std::numeric_limits<double>::quiet_NaN();

/// What a region without a row has: the bit of "missing", if the file knows one.
std::uint16_t flag_of_absent(const Series& series) {
    const auto found = std::ranges::find(series.flag_names, "missing");
    return found == series.flag_names.end() ? std::uint16_t{0}
                                            : static_cast<std::uint16_t>(1u << (found - series.flag_names.begin()));
}

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

RowDataset begin_values(Writer& file, const std::string& name, const Series& series, const Attributes& attributes) {
    auto rows = file.rows(name, shape_of(series), no_value);
    file.label(name, {"/region", "/time"});
    file.attribute(name, "_FillValue", no_value);
    file.attributes(name, attributes);
    file.attributes(name,
                    {{"cell_methods", "time: mean (interval: 1 hour)"}, {"coordinates", "region_name time_zone"}});
    return rows;
}

RowDataset begin_flags(Writer& file, const std::string& name, const std::string& variable, const Series& series) {
    std::vector<std::uint16_t> masks;  // CF: of the type of the flags
    for (std::size_t bit = 0; bit < series.flag_names.size(); ++bit)
        masks.push_back(static_cast<std::uint16_t>(1u << bit));
    auto rows = file.rows(name, shape_of(series), flag_of_absent(series));
    file.label(name, {"/region", "/time"});
    file.attribute(name, "flag_masks", masks);
    file.attributes(name, {{"standard_name", "quality_flag"},
                           {"long_name", "why an hour of " + variable + " is not to be trusted; 0 = good"},
                           {"flag_meanings", fmt::format("{}", fmt::join(series.flag_names, " "))},
                           {"coordinates", "region_name time_zone"}});
    return rows;
}

void check_axes(const Series& series) {
    expects(series.hours > 0 && !series.regions.empty(), "a series has hours and regions");
}

void check_names(const SeriesVariable& variable, const Series& series, bool has_flags, bool has_cleaned) {
    expects(!variable.source_code.empty(), variable.name + " has the source_code by which readers know a variable");
    expects(!has_flags || (!series.flag_names.empty() && series.flag_names.size() <= 16),
            variable.name + " has flags, and they have names");
    expects(!has_cleaned || !variable.cleaning_method.empty(),
            variable.name + " is cleaned by a method that has a name");
}

void check_lengths(const SeriesVariable& variable, const Series& series) {
    const auto cells = static_cast<std::size_t>(element_count(shape_of(series)));
    expects(variable.values.size() == cells, variable.name + " has a value for every region and hour");
    expects(variable.flags.empty() || variable.flags.size() == cells, variable.name + " has a flag for every value");
    expects(variable.cleaned.empty() || variable.cleaned.size() == cells, variable.name + " cleaned is as long");
    check_names(variable, series, !variable.flags.empty(), !variable.cleaned.empty());
}

}  // namespace

struct SeriesWriter::File {
    File(const std::filesystem::path& path, const Series& series)
        : about(series), writer(path, series_format::name, version) {}

    Series about;  ///< without variables
    Writer writer;
    std::optional<RowDataset> values, flags, cleaned;  ///< of the variable begun last
};

SeriesWriter::SeriesWriter(const std::filesystem::path& path, const Series& about) {
    check_axes(about);
    file_ = std::make_unique<File>(
        path, Series{about.first, about.hours, about.regions, {}, about.flag_names, about.provenance});
    write_provenance(file_->writer, about.provenance);
    write_axes(file_->writer, about);
}

SeriesWriter::~SeriesWriter() = default;

void SeriesWriter::begin(const SeriesVariable& about, bool has_flags, bool has_cleaned) {
    check_names(about, file_->about, has_flags, has_cleaned);
    const std::string dataset = "/" + about.name;
    Attributes attributes{{"units", about.units}, {"long_name", about.long_name}, {"source_code", about.source_code}};
    if (has_flags) attributes["ancillary_variables"] = about.name + flag_suffix;
    file_->values.emplace(begin_values(file_->writer, dataset, file_->about, attributes));
    file_->flags.reset();
    file_->cleaned.reset();
    if (has_flags) file_->flags.emplace(begin_flags(file_->writer, dataset + flag_suffix, about.name, file_->about));
    if (!has_cleaned) return;
    attributes["long_name"] += ", cleaned";
    attributes["cleaning_method"] = about.cleaning_method;
    file_->cleaned.emplace(begin_values(file_->writer, dataset + clean_suffix, file_->about, attributes));
}

void SeriesWriter::row(std::int64_t region, std::span<const double> values, std::span<const std::uint16_t> flags,
                       std::span<const double> cleaned) {
    const auto hours = static_cast<std::size_t>(file_->about.hours);
    expects(values.size() == hours && (flags.empty() || flags.size() == hours) &&
                (cleaned.empty() || cleaned.size() == hours),
            "a row has all hours");
    expects(file_->values.has_value() && flags.empty() != file_->flags.has_value() &&
                cleaned.empty() != file_->cleaned.has_value(),
            "a row has what its variable has");
    file_->values->write(region, values, no_value);
    if (file_->flags) file_->flags->write(region, flags, flag_of_absent(file_->about));
    if (file_->cleaned) file_->cleaned->write(region, cleaned, no_value);
    file_->writer.expect_whole();
}

void SeriesWriter::publish() {
    file_->values.reset(), file_->flags.reset(), file_->cleaned.reset();
    file_->writer.publish();
}

void write_series(const std::filesystem::path& path, const Series& series) {
    const trace::Span span("file", "write series");
    check_axes(series);
    for (const SeriesVariable& variable : series.variables) check_lengths(variable, series);
    SeriesWriter writer(path, series);
    for (const SeriesVariable& variable : series.variables) {
        writer.begin(variable, !variable.flags.empty(), !variable.cleaned.empty());
        const auto hours = static_cast<std::size_t>(series.hours);
        for (std::size_t region = 0; region < series.regions.size(); ++region) {
            const auto row = [&](const auto& all) {
                return std::span(all).subspan(all.empty() ? 0 : region * hours, all.empty() ? 0 : hours);
            };
            writer.row(static_cast<std::int64_t>(region), row(variable.values), row(variable.flags),
                       row(variable.cleaned));
        }
    }
    writer.publish();
}

}  // namespace gridring::store
