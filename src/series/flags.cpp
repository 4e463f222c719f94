// SPDX-License-Identifier: MIT
#include "gridring/series/flags.hpp"

#include <algorithm>
#include <cmath>

#include "gridring/core/error.hpp"

namespace gridring::series {
namespace {

constexpr std::uint16_t of_the_source = conflicting | revised;

std::vector<std::uint16_t> screened(const RegionRow& row, std::span<const double> demand) {
    if (row.variable == "demand") return screen_published(row.values);
    const bool can_be_compared = is_demand_forecast(row.variable) && !demand.empty();
    return can_be_compared ? screen_forecast(row.values, demand) : screen_missing(row.values);
}

}  // namespace

const std::vector<std::string>& flag_names() {
    static const std::vector<std::string> names{"missing",
                                                "negative_or_zero",
                                                "out_of_range",
                                                "spike",
                                                "identical_run",
                                                "conflicting",
                                                "global_demand",
                                                "global_demand_plus_minus",
                                                "local_demand_up",
                                                "local_demand_down",
                                                "delta",
                                                "single_delta",
                                                "anomalous_region",
                                                "stub",
                                                "revised"};
    return names;
}

std::vector<std::uint16_t> screen_missing(std::span<const double> values) {
    std::vector<std::uint16_t> flags(values.size());
    std::ranges::transform(values, flags.begin(),
                           [](double value) -> std::uint16_t { return std::isnan(value) ? missing : good; });
    return flags;
}

std::vector<std::uint16_t> screen_forecast(std::span<const double> forecast, std::span<const double> demand) {
    expects(forecast.size() == demand.size(), "every hour of the forecast has its demand");
    auto flags = screen_missing(forecast);
    for (std::size_t t = 0; t < flags.size(); ++t)
        if (forecast[t] == demand[t]) flags[t] = stub;
    return flags;
}

void screen_row(const RegionRow& row, std::span<const double> demand) {
    expects(row.flags.size() == row.values.size(), "every hour has its flag");
    const auto flags = screened(row, demand);
    std::ranges::transform(flags, row.flags, row.flags.begin(), [](std::uint16_t screened, std::uint16_t before) {
        return static_cast<std::uint16_t>(screened | (before & of_the_source));
    });
}

void screen(store::Series& series) {
    const auto hours = static_cast<std::size_t>(series.hours);
    for (store::SeriesVariable& variable : series.variables) {
        expects(variable.values.size() == hours * series.regions.size(), variable.name + " has a value for every hour");
        variable.flags.resize(variable.values.size(), good);
    }
    const auto demand = std::ranges::find(series.variables, "demand", &store::SeriesVariable::name);
    for (std::size_t region = 0; region < series.regions.size(); ++region) {
        const auto row = [&](auto& all) { return std::span(all).subspan(region * hours, hours); };
        const auto of_demand = demand == series.variables.end() ? std::span<double>() : row(demand->values);
        for (store::SeriesVariable& variable : series.variables)
            screen_row({variable.name, row(variable.values), row(variable.flags)}, of_demand);
    }
    series.flag_names = flag_names();
}

}  // namespace gridring::series
