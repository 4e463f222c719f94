// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "eia_data_query.hpp"

namespace gridring::source {

/// One row: indices of the grid's hours and of the table's columns.
struct PageRow {
    std::int64_t hour;
    std::size_t column;
    bool is_altered = false;  ///< its value is not the grid's
};

/// One page of the rows that a query asks for.
struct DataPage {
    std::int64_t total = 0;  ///< on all pages
    std::vector<PageRow> rows;
};

/// What a request does to the rows of its page: the name of a fault and its seeds.
struct PageFault {
    std::string_view kind{};
    std::uint64_t of_table = 0;    ///< the same for every request
    std::uint64_t of_request = 0;  ///< of this one alone
};
/// Whether `kind` changes the rows of a page or how they are written.
bool changes_rows(std::string_view kind);

/// Rows [offset, offset + length) in the order asked for. Rows that this order does not tell apart come in an order of
/// their own for every page: so did the API's, and pages fetched without a full-key sort overlap and leave holes.
DataPage cut_page(const Grid& grid, const ServedRoute& route, const GridTable& table, const DataQuery& query,
                  const PageFault& fault);

/// How often a row stands in the table: twice where the fault is duplicates or conflict, by the row's key alone.
int copies_of(const PageRow& row, const PageFault& fault);
/// Whether the fault nulls hides the value, by the row's key alone.
bool is_hidden(const PageRow& row, const PageFault& fault);
/// The faults of one page: moved-total, shuffled, missing. Nothing for any other kind.
void spoil_page(DataPage& page, const PageFault& fault);

/// fuel-type-data with a fuel NEW beside those of every respondent.
std::shared_ptr<const GridTable> with_new_fuel(std::shared_ptr<const GridTable> fuels);

}  // namespace gridring::source
