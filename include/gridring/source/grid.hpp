// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/source/publication.hpp"

namespace gridring::source {

struct GridQuantity {
    std::string type;            ///< "D"
    std::vector<double> values;  ///< [hour], MW; NaN = the API has no row
};

struct GridRespondent {
    std::string code, name;
    std::vector<GridQuantity> quantities;  ///< in order of type
};

class GridTable;

/// What an emulator of the API serves: hours first, first + 1 h, … of every respondent, in order of code.
struct Grid {
    Hour first;
    std::int64_t hours = 0;
    std::vector<GridRespondent> respondents;                 ///< region-data
    std::vector<std::shared_ptr<const GridTable>> tables{};  ///< of other routes, one a route at most

    Publication publication{};  ///< of what the routes of EIA serve

    Hour last() const { return first + std::chrono::hours{hours - 1}; }
    Hour last_published() const { return publication.from ? std::min(last(), publication.last()) : last(); }
    Hour hour(std::int64_t index) const { return first + std::chrono::hours{index}; }
};

/// One series of a route: its values of the route's two facets, such as PACW and COL.
struct GridColumn {
    std::string first, second;
};

/// The rows of a route, made when they are asked for: what years of every route hold would not fit in memory. Hours are
/// indices of the grid that is passed along, the one that the table was made for. Any thread may ask.
class GridTable {
public:
    GridTable(std::string id, std::vector<GridColumn> of) : route(std::move(id)), columns(std::move(of)) {}
    virtual ~GridTable() = default;

    /// Whether the API has a row. Quick: a request asks for every hour of its window.
    virtual bool has(const Grid& grid, std::size_t column, std::int64_t hour) const = 0;
    /// MW; asked for only where there is a row.
    virtual double value(const Grid& grid, std::size_t column, std::int64_t hour) const = 0;
    /// No row is older.
    virtual Hour first_hour(const Grid& grid) const { return grid.first; }

    const std::string route;                ///< "fuel-type-data"
    const std::vector<GridColumn> columns;  ///< in order of (first, second)
};

/// Reads <RESPONDENT>.csv and <RESPONDENT>.csv.gz of a folder: a header "period,D,DF,…" of which the columns D, DF, NG
/// and TI are taken, hours in any order, an empty cell for an absent row. Columns fuel:COL, to:PACW and subba:PGAE,
/// where there are any, become the respondent's rows of fuel-type-data, interchange-data and region-sub-ba-data. Other
/// files are named in the log and skipped. Throws StoreError for a file that cannot be read, DataError with file, line
/// and column for one that is malformed, or for hours that lie more than 50 years apart.
Grid read_csv_grid(const std::filesystem::path& folder);

}  // namespace gridring::source
