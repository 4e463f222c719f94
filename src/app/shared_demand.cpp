// SPDX-License-Identifier: MIT
#include "app/shared_demand.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace gridring::app {
namespace {

using Json = nlohmann::json;

std::string describe(const store::Series& series) {
    Json text{{"first", epoch_hours(series.first)}, {"hours", series.hours}, {"flag_names", series.flag_names}};
    for (const auto& region : series.regions) text["regions"].push_back({region.code, region.name, region.time_zone});
    return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// The demand is there, all missing.
store::Series described(const std::string& text) {
    const Json about = Json::parse(text);
    store::Series series;
    series.first = from_epoch_hours(about["first"]);
    series.hours = about["hours"];
    series.flag_names = about["flag_names"];
    for (const Json& region : about["regions"]) series.regions.push_back({region[0], region[1], region[2]});
    const std::size_t cells = series.regions.size() * static_cast<std::size_t>(series.hours);
    series.variables.push_back({"demand", "D", "Demand", "MW", {}, {}, {}});
    series.variables.back().values.resize(cells);
    series.variables.back().flags.resize(cells);
    return series;
}

}  // namespace

store::Series share_demand(const comm::Communicator& world, store::Series of_root) {
    std::string text = world.is_root() ? describe(of_root) : std::string();
    world.broadcast(text);
    store::Series series = world.is_root() ? std::move(of_root) : described(text);
    auto& demand = *std::ranges::find(series.variables, "demand", &store::SeriesVariable::name);
    world.broadcast(std::as_writable_bytes(std::span(demand.values)));
    world.broadcast(std::as_writable_bytes(std::span(demand.flags)));
    return series;
}

}  // namespace gridring::app
