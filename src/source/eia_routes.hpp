// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "eia_page.hpp"
#include "eia_route_tables.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/source/grid.hpp"

/// The server's side of EIA v2, as version 2.1.8 behaves (recorded in July 2025): pure functions of a grid and a
/// request.
namespace gridring::source {

inline constexpr std::string_view emulated_version = "2.1.8";

/// A refusal in the API's own form: {"error":"…","code":400}.
net::Response refuse(int status, std::string_view message, int code);

/// The reply to the API's path below /v2 ("/electricity/rto/region-data/data"), without a trailing slash.
/// `params` holds the nested parameters, the key included, since the API echoes them. `fault` touches data alone.
net::Response answer_route(const Grid& grid, std::string_view path, const nlohmann::ordered_json& params,
                           const PageFault& fault = {});

/// …/<route>/data itself.
net::Response answer_data(const Grid& grid, const ServedRoute& route, const nlohmann::ordered_json& params,
                          const PageFault& fault);

/// The rows of a route; none where the grid has no such table. Lives no longer than the grid.
std::shared_ptr<const GridTable> table_of(const Grid& grid, const ServedRoute& route);

/// `table` as far as it is published.
std::shared_ptr<const GridTable> published(std::shared_ptr<const GridTable> table, const Publication& publication);

/// The second half of every good reply: "request", "apiVersion" and the rest, up to the closing brace.
std::string envelope_tail(std::string_view path, const nlohmann::ordered_json& params);

}  // namespace gridring::source
