// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/source/reading.hpp"

/// What the EIA API v2 speaks: which requests to make, and what the replies mean. Knows of no job, clock or file.
namespace gridring::source {

inline constexpr std::int64_t eia_page_rows = 5000;  ///< the API returns no more at a time, whatever it is asked for

/// One hourly data set below electricity/rto. A row tells of an hour, a region and an item of it.
struct Route {
    std::string_view name;         ///< "fuel-type-data"
    std::string_view region;       ///< the facet that says whose hour it is: "respondent", "fromba", "parent"
    std::string_view item;         ///< the facet that says of what: "type", "fueltype", "toba", "subba"
    std::string_view item_name;    ///< the column with the item's name for people
    std::string_view description;  ///< for people
};
/// region-data, fuel-type-data, interchange-data, region-sub-ba-data.
const std::vector<Route>& eia_routes();
/// Throws ConfigError naming the routes there are.
const Route& require_route(std::string_view name);

/// One hourly quantity of region-data.
struct Quantity {
    std::string_view code;       ///< "D"
    std::string_view variable;   ///< "demand", the name in series.h5
    std::string_view eia_name;   ///< "Demand", the type-name of a row
    std::string_view long_name;  ///< for people and CF attributes
};
/// D, DF, NG, TI.
const std::vector<Quantity>& quantities();
/// Throws ConfigError naming the codes there are.
const Quantity& require_quantity(std::string_view code);

/// Where series.h5 keeps an item of a region.
struct Place {
    std::string variable;     ///< "demand", "generation_col", "interchange_ciso"
    std::string source_code;  ///< "D", "COL", "CISO"
    std::string long_name;    ///< "net generation from coal"
    std::string region;       ///< "PACW"; of a sub-region "ERCO-COAS"
    std::string region_name;  ///< "PacifiCorp West"
    bool is_known = true;     ///< false: a fuel that is newer than this program
};
/// `item_name` is what the API calls the item; codes that nobody knows yet have a place too.
Place place_of(const Route& route, const std::string& region, const std::string& item, const std::string& item_name);

// --- requests --------------------------------------------------------------------------------------------------------

/// Hours [first, last], both included, of regions and their items.
struct Window {
    const Route* route;
    Hour first, last;
    std::vector<std::string> regions;
    std::vector<std::string> items;  ///< empty = all that the regions have

    std::int64_t hours() const { return (last - first).count() + 1; }
    /// "fuel-type-data of PACW, CISO, 2024-01-01T00 to 2024-01-05T03".
    std::string text() const;
};

/// Hours that fit on one page of `page_rows` where an hour has so many rows; at least one.
std::int64_t hours_a_page(std::int64_t rows_an_hour, std::int64_t page_rows = eia_page_rows);

/// Splits regions, each of so many rows an hour, into groups whose windows fill pages best over `hours`.
std::vector<std::vector<std::string>> group_regions(const std::vector<std::string>& regions, std::int64_t rows_of_each,
                                                    std::int64_t hours, std::int64_t page_rows = eia_page_rows);

/// A key goes into the header X-Api-Key, which no proxy or log shows; the API's own documentation only knows the query.
struct ApiKey {
    enum class Place { header, query };
    std::string value;
    Place place = Place::header;
};

/// Rows [offset, offset + length) of a window in full-key order; without it pages overlap and leave holes.
Call data_call(const std::string& base_url, const ApiKey& key, const Window& window, std::int64_t offset,
               std::int64_t length);
/// All regions the route knows.
Call regions_call(const std::string& base_url, const ApiKey& key, const Route& route);

// --- replies ---------------------------------------------------------------------------------------------------------

/// What rows of a page tell of.
struct Column {
    std::string region, item;
    std::string item_name;  ///< as the API words it
};

struct Row {
    Hour period;           ///< hour ending, UTC
    std::uint32_t column;  ///< index into Page::columns
    double value;          ///< [MW]; NaN where the API says null
};

struct Page {
    std::int64_t total = 0;       ///< rows of the whole window, on all pages
    std::vector<Column> columns;  ///< in order of appearance
    std::vector<Row> rows;
    std::vector<std::string> bad_rows;  ///< left out of `rows`, each with what is wrong with it
    std::vector<std::string> warnings;  ///< the API's own
    std::string api_version;
};

struct Facet {
    std::string id, name;
};

/// The body decides before the status does: EIA has sent HTTP 500 around `"code":404`.
Reading<Page> read_page(const net::Result& result, const Route& route);
Reading<std::vector<Facet>> read_facets(const net::Result& result);

// --- keys and names --------------------------------------------------------------------------------------------------

/// `text` without the key: wherever the API echoes it ("api_key":"…"), and, from 6 letters on, wherever it stands
/// otherwise.
std::string redact_key(std::string text, const std::string& key);

struct UnknownRegion : DataError {
    using DataError::DataError;
};
/// Throws UnknownRegion naming each unknown respondent with the nearest codes there are: the API itself would answer
/// with zero rows.
void require_known(const std::vector<std::string>& respondents, const std::vector<Facet>& known);

/// The respondents of EIA-930 as the API names them, by code.
const std::vector<Facet>& eia_respondents();
/// "PacifiCorp West"; the code itself where it is not known.
std::string name_of_respondent(std::string_view code);

}  // namespace gridring::source
