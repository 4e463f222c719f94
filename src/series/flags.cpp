// SPDX-License-Identifier: MIT
#include "gridring/series/flags.hpp"

#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"

namespace gridring::series {
namespace {

std::vector<std::uint8_t> screen_variable(const store::Series& series, const store::SeriesVariable& variable) {
    const auto hours = static_cast<std::size_t>(series.hours);
    expects(variable.values.size() == hours * series.regions.size(), variable.name + " has a value for every hour");
    std::vector<std::uint8_t> flags;
    for (std::size_t region = 0; region < series.regions.size(); ++region) {
        const auto row = std::span(variable.values).subspan(region * hours, hours);
        const auto found = variable.name == "demand" ? screen_demand(row) : screen_missing(row);
        flags.insert(flags.end(), found.begin(), found.end());
    }
    return flags;
}

std::vector<double> without_flagged(const store::SeriesVariable& variable) {
    std::vector<double> cleaned = variable.values;
    for (std::size_t i = 0; i < cleaned.size(); ++i)
        if (variable.flags[i] != good) cleaned[i] = std::numeric_limits<double>::quiet_NaN();
    return cleaned;
}

}  // namespace

const std::vector<std::string>& flag_names() {
    static const std::vector<std::string> names{"missing", "not_positive", "out_of_range",
                                                "spike",   "repeated",     "conflicting"};
    return names;
}

std::vector<std::uint8_t> screen_missing(std::span<const double> mw) {
    std::vector<std::uint8_t> flags(mw.size(), good);
    for (std::size_t t = 0; t < mw.size(); ++t)
        if (std::isnan(mw[t])) flags[t] = missing;
    return flags;
}

void screen(store::Series& series) {
    for (store::SeriesVariable& variable : series.variables) {
        auto flags = screen_variable(series, variable);
        for (std::size_t i = 0; i < variable.flags.size(); ++i)
            flags[i] = static_cast<std::uint8_t>(flags[i] | (variable.flags[i] & conflicting));
        variable.flags = std::move(flags);
        variable.cleaned = without_flagged(variable);
    }
    series.flag_names = flag_names();
}

std::vector<float> fill_from_past(std::span<const double> mw, std::span<const std::uint8_t> flags) {
    expects(mw.size() == flags.size(), "every hour has its flag");
    const auto is_good = [&](std::size_t t) { return flags[t] == good && !std::isnan(mw[t]); };
    std::size_t last_good = 0;
    while (last_good < mw.size() && !is_good(last_good)) ++last_good;
    expects(mw.empty() || last_good < mw.size(), "at least one hour is good");

    std::vector<float> filled(mw.size());
    for (std::size_t t = 0; t < mw.size(); ++t) {
        std::size_t source = last_good;
        if (is_good(t))
            source = last_good = t;
        else if (t >= 168 && is_good(t - 168))
            source = t - 168;
        else if (t >= 24 && is_good(t - 24))
            source = t - 24;
        filled[t] = static_cast<float>(mw[source]);
    }
    return filled;
}

}  // namespace gridring::series
