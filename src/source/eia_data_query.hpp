// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "gridring/source/eia.hpp"
#include "gridring/source/grid.hpp"

namespace gridring::source {

/// What the client did wrong, in the API's words.
struct BadRequest : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct Order {
    std::string column;
    bool is_descending;
};

struct DataQuery {
    Hour first{}, last{};
    std::set<std::string> respondents{}, types{};  ///< empty = all
    bool has_value = false;
    std::vector<Order> orders{};
    std::int64_t offset = 0, length = eia_page_rows;
    bool is_clamped = false;
};

/// What the emulated data route understands of its nested parameters. Throws BadRequest.
DataQuery parse_data_query(const Grid& grid, const nlohmann::ordered_json& params);

}  // namespace gridring::source
