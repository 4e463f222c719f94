// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/source/grid.hpp"

/// Columns of a CSV grid beyond D, DF, NG and TI: one series each of a route beyond region-data.
namespace gridring::source {

struct CsvDetail {
    std::string route;
    GridColumn column;
    std::vector<double> values{};  ///< [hour of the grid]; NaN = no row
};

/// Of "fuel:COL", "to:BPAT" and "subba:PGAE" in the file of `respondent`; empty for any other name.
std::optional<CsvDetail> csv_detail(std::string_view respondent, std::string_view name);

/// One table for each route among them.
std::vector<std::shared_ptr<const GridTable>> csv_tables(std::vector<CsvDetail> details);

}  // namespace gridring::source
