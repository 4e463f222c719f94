// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/error.hpp"
#include "gridring/core/trace.hpp"
#include "store/file_seal.hpp"
#include "store/hdf5_reader.hpp"
#include "store/series_format.hpp"

namespace gridring::store {
namespace {

using namespace series_format;

void read_time(const Reader& file, Series& series) {
    if (const std::string units = file.text("/time", "units"); units != time_units && units != short_time_units)
        file.reject(fmt::format("/time should be in '{}', found '{}'", time_units, units));
    const auto time = file.read<std::int64_t>("/time");
    if (time.empty()) file.reject("/time holds no hour");
    series.first = file.hour("/time", time.front());
    series.hours = static_cast<std::int64_t>(time.size());
    for (std::size_t i = 1; i < time.size(); ++i)
        if (file.hour("/time", time[i]) != file.hour("/time", time[i - 1]) + std::chrono::hours{1})
            file.reject(fmt::format("/time should go hour by hour, found {} after {} at index {}",
                                    to_string(from_epoch_hours(time[i])), to_string(from_epoch_hours(time[i - 1])), i));
}

void read_regions(const Reader& file, Series& series) {
    const auto codes = file.texts("/region"), names = file.texts("/region_name"), zones = file.texts("/time_zone");
    if (names.size() != codes.size() || zones.size() != codes.size())
        file.reject(fmt::format("/region, /region_name and /time_zone should be equally long, found {}, {} and {}",
                                codes.size(), names.size(), zones.size()));
    for (std::size_t i = 0; i < codes.size(); ++i) series.regions.push_back({codes[i], names[i], zones[i]});
}

SeriesVariable read_variable(const Reader& file, const std::string& name, const Shape& shape) {
    const std::string path = "/" + name;
    const auto read_if_there = [&]<class T>(const std::string& object, std::vector<T>& values) {
        if (!file.has(object)) return;
        file.require_shape(object, shape);
        values = file.read<T>(object);
    };
    SeriesVariable variable{.name = name,
                            .source_code = file.text(path, "source_code"),
                            .long_name = file.text(path, "long_name"),
                            .units = file.text(path, "units"),
                            .values = {},
                            .flags = {},
                            .cleaned = {}};
    read_if_there(path, variable.values);
    read_if_there(path + flag_suffix, variable.flags);
    read_if_there(path + clean_suffix, variable.cleaned);
    if (!variable.cleaned.empty()) {
        const std::string method = file.text(path + clean_suffix, "cleaning_method");
        variable.cleaning_method = method.empty() ? "drop" : method;  // version 1 knew no other
    }
    return variable;
}

std::vector<std::string> split_words(const std::string& text) {
    std::vector<std::string> words;
    for (std::size_t begin = 0, end; begin < text.size(); begin = end + 1) {
        end = std::min(text.find(' ', begin), text.size());
        words.push_back(text.substr(begin, end - begin));
    }
    return words;
}

void read_variables(const Reader& file, Series& series) {
    for (const std::string& name : file.datasets("/")) {
        const bool is_variable = !file.text("/" + name, "source_code").empty();  // others put theirs beside ours
        if (!is_variable || name.ends_with(flag_suffix) || name.ends_with(clean_suffix)) continue;
        series.variables.push_back(read_variable(file, name, shape_of(series)));
        if (series.variables.back().flags.empty()) continue;
        series.flag_names = split_words(file.text("/" + name + flag_suffix, "flag_meanings"));
    }
}

}  // namespace

Series read_series(const std::filesystem::path& path) {
    const trace::Span span("file", "read series");
    const Reader file(path, series_format::name, readable);
    Series series;
    series.provenance = {.source = file.text("/", "source"),
                         .source_url = file.text("/", "source_url"),
                         .retrieved_at = file.text("/", "retrieved_at"),
                         .api_version = file.text("/", "api_version"),
                         .history = file.text("/", "history")};
    read_time(file, series);
    read_regions(file, series);
    read_variables(file, series);
    return series;
}

void expect_series(const std::filesystem::path& path) { const Reader file(path, series_format::name, readable); }

std::string checksum_of_series(const std::filesystem::path& path) { return seal_in(path); }

std::vector<double> read_hours(const std::filesystem::path& path, const std::string& variable, std::int64_t region,
                               std::int64_t first, std::int64_t count) {
    const Reader file(path, series_format::name, readable, Seal::trusted);
    const Shape shape = file.shape("/" + variable);
    if (shape.size() != 2)
        file.reject(fmt::format("/{} should be region x time, found {}", variable, extents_text(shape)));
    if (region < 0 || region >= shape[0] || first < 0 || count < 0 || first > shape[1] - count)
        file.reject(fmt::format("region {}, {} hours from {} on asked of /{}, which is {} (region x time)", region,
                                count, first, variable, extents_text(shape)));
    return file.read<double>("/" + variable, {region, first}, {1, count});
}

}  // namespace gridring::store
