// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>

#include "gridring/series/flags.hpp"
#include "observe/page_data.hpp"

namespace gridring::observe {
namespace {

using nlohmann::json;

/// Hours a UTC day for which `counts`, as [day since 1970, hours, day, hours, …] without the days that have none. An
/// hour is named by its end, so that the first of a day ends at 01:00.
template <class Counts>
json by_day(Hour first, std::span<const std::uint16_t> flags, const Counts& counts) {
    std::map<std::int64_t, int> days;
    const std::int64_t begin = epoch_hours(first) - 1;
    for (std::size_t i = 0; i < flags.size(); ++i)
        if (counts(flags[i])) ++days[(begin + static_cast<std::int64_t>(i)) / 24];
    json list = json::array();
    for (const auto& [day, hours] : days) list.push_back(day), list.push_back(hours);
    return list;
}

json days_of(const store::Series& series, std::span<const std::uint16_t> flags) {
    json days = {{"any", by_day(series.first, flags, [](std::uint16_t flag) { return !series::is_good(flag); })}};
    for (std::size_t bit = 0; bit < series.flag_names.size(); ++bit)
        if (json list = by_day(series.first, flags, [&](std::uint16_t flag) { return flag >> bit & 1; }); !list.empty())
            days[series.flag_names[bit]] = std::move(list);
    return days;
}

json quality_row(const store::Series& series, const store::SeriesVariable& variable, std::size_t region) {
    const auto hours = static_cast<std::size_t>(series.hours);
    const auto flags = std::span(variable.flags).subspan(region * hours, hours);
    std::vector<std::int64_t> counts(series.flag_names.size(), 0);
    for (const std::uint16_t flag : flags)
        for (std::size_t bit = 0; bit < counts.size(); ++bit) counts[bit] += flag >> bit & 1;
    json row = {{"region", series.regions[region].code},
                {"variable", variable.name},
                {"hours", series.hours},
                {"flagged", std::ssize(flags) - std::ranges::count_if(flags, series::is_good)},
                {"counts", counts}};
    if (variable.name == "demand") row["days"] = days_of(series, flags);
    return row;
}

/// Means of consecutive bins of equal width; null and non-numbers are left out of their bin.
json binned(const json& values, std::int64_t first_step, std::int64_t max_points) {
    json steps = json::array(), means = json::array();
    const std::size_t width = std::max<std::size_t>(
        1, (values.size() + static_cast<std::size_t>(max_points) - 1) / static_cast<std::size_t>(max_points));
    for (std::size_t begin = 0; begin < values.size(); begin += width) {
        const std::size_t end = std::min(begin + width, values.size());
        double sum = 0;
        int n = 0;
        for (std::size_t i = begin; i < end; ++i)
            if (values[i].is_number()) sum += values[i].get<double>(), ++n;
        steps.push_back(static_cast<double>(first_step) + static_cast<double>(begin + end + 1) / 2);
        means.push_back(n ? json(sum / n) : json(nullptr));
    }
    return {{"step", steps}, {"value", means}, {"width", width}};
}

double six_digits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6g", value);
    return std::strtod(text, nullptr);
}

}  // namespace

json quality_data(const store::Series& series) {
    json rows = json::array();
    for (const auto& variable : series.variables)
        for (std::size_t region = 0; region < series.regions.size() && !variable.flags.empty(); ++region)
            rows.push_back(quality_row(series, variable, region));
    return {
        {"first", epoch_hours(series.first)}, {"hours", series.hours}, {"flags", series.flag_names}, {"rows", rows}};
}

json training_data(json training, std::int64_t max_points) {
    if (!training.is_object()) return training;
    const json first = training.value("first_step", json(0));
    const std::int64_t first_step = first.is_number() ? first.get<std::int64_t>() : 0;
    if (const json losses = training.value("training_loss", json()); losses.is_array())
        training["training_loss"] = binned(losses, 0, max_points);  // a resumed run carries the earlier losses
    if (const json norms = training.value("gradient_norm", json()); norms.is_array())
        training["gradient_norm"] = binned(norms, first_step, max_points);
    return training;
}

json rounded(json document) {
    if (document.is_number_float()) return six_digits(document.get<double>());
    if (document.is_structured())
        for (json& item : document) item = rounded(std::move(item));
    return document;
}

}  // namespace gridring::observe
