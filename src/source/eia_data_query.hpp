// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "eia_route_tables.hpp"
#include "gridring/source/eia.hpp"
#include "gridring/source/grid.hpp"

namespace gridring::source {

/// What the client did wrong, in the API's words.
struct BadRequest : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What rows can be sorted by.
enum class SortColumn { period, first, first_name, second, second_name, value, units };

struct Order {
    SortColumn column;
    bool is_descending;
};

struct DataQuery {
    Hour first{}, last{};
    std::array<std::set<std::string>, 2> facets{};  ///< codes wanted of each; empty = all
    bool has_value = false;
    std::vector<Order> orders{};
    std::int64_t offset = 0, length = eia_page_rows;
    bool is_clamped = false;
};

/// What the data of a route understands of its nested parameters. Throws BadRequest.
DataQuery parse_data_query(const Grid& grid, const ServedRoute& route, const nlohmann::ordered_json& params);

}  // namespace gridring::source
