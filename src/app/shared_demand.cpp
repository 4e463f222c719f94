// SPDX-License-Identifier: MIT
#include "app/shared_demand.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace gridring::app {
namespace {

using Json = nlohmann::json;

std::string describe(const store::Series& series, const std::vector<std::string>& names) {
    Json text{{"first", epoch_hours(series.first)}, {"hours", series.hours}, {"flag_names", series.flag_names}};
    for (const auto& region : series.regions) text["regions"].push_back({region.code, region.name, region.time_zone});
    for (const auto& name : names) {
        const auto& variable = series.variable(name);
        text["variables"].push_back({name, variable.source_code, variable.long_name, variable.units});
    }
    return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The variables are there, without their values.
store::Series described(const std::string& text) {
    const Json about = Json::parse(text);
    store::Series series;
    series.first = from_epoch_hours(about["first"]);
    series.hours = about["hours"];
    series.flag_names = about["flag_names"];
    for (const Json& region : about["regions"]) series.regions.push_back({region[0], region[1], region[2]});
    const std::size_t cells = series.regions.size() * static_cast<std::size_t>(series.hours);
    for (const Json& variable : about["variables"]) {
        series.variables.push_back({variable[0], variable[1], variable[2], variable[3], {}, {}, {}});
        series.variables.back().values.resize(cells);
        series.variables.back().flags.resize(cells);
    }
    return series;
}

}  // namespace

store::Series share_demand(const comm::Communicator& world, store::Series of_root,
                           const std::vector<std::string>& covariates) {
    std::vector<std::string> names{"demand"};
    names.insert(names.end(), covariates.begin(), covariates.end());
    std::string text;
    comm::run_together(world, [&] {  // one that is not there is everybody's error
        if (world.is_root()) text = describe(of_root, names);
    });
    world.broadcast(text);
    store::Series series = world.is_root() ? std::move(of_root) : described(text);
    for (const auto& name : names) {
        auto& variable = *std::ranges::find(series.variables, name, &store::SeriesVariable::name);
        world.broadcast(std::as_writable_bytes(std::span(variable.values)));
        world.broadcast(std::as_writable_bytes(std::span(variable.flags)));
    }
    return series;
}

}  // namespace gridring::app
