// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "gridring/core/hours.hpp"
#include "gridring/source/reading.hpp"

/// What the EIA API v2 speaks: which requests to make, and what the replies mean. Knows of no job, clock or file.
namespace gridring::source {

inline constexpr std::int64_t eia_page_rows = 5000;  ///< the API returns no more at a time, whatever it is asked for

/// One hourly quantity of electricity/rto/region-data.
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

// --- requests --------------------------------------------------------------------------------------------------------

/// Hours [first, last], both included, of every (respondent, type).
struct Window {
    Hour first, last;
    std::vector<std::string> respondents, types;

    std::int64_t hours() const { return (last - first).count() + 1; }
    std::int64_t most_rows() const {
        return hours() * static_cast<std::int64_t>(respondents.size()) * static_cast<std::int64_t>(types.size());
    }
};

/// Cuts a span into windows that each fit on one page: a deep `offset` is slow, and its pages shift when the table
/// moves.
std::vector<Window> plan_windows(const Window& span, std::int64_t page_rows = eia_page_rows);

/// A key goes into the header X-Api-Key, which no proxy or log shows; the API's own documentation only knows the query.
struct ApiKey {
    enum class Place { header, query };
    std::string value;
    Place place = Place::header;
};

/// Rows [offset, offset + length) of a window in full-key order; without it pages overlap and leave holes.
Call data_call(const std::string& base_url, const ApiKey& key, const Window& window, std::int64_t offset,
               std::int64_t length);
/// All respondents the route knows.
Call respondents_call(const std::string& base_url, const ApiKey& key);

// --- replies ---------------------------------------------------------------------------------------------------------

struct Row {
    Hour period;  ///< hour ending, UTC
    std::string respondent, type;
    double value = 0;  ///< [MW]; NaN where the API says null
};

struct Page {
    std::int64_t total = 0;  ///< rows of the whole window, on all pages
    std::vector<Row> rows;
    std::vector<std::string> bad_rows;  ///< left out of `rows`, each with what is wrong with it
    std::vector<std::string> warnings;  ///< the API's own
    std::string api_version;
};

struct Facet {
    std::string id, name;
};

/// The body decides before the status does: EIA has sent HTTP 500 around `"code":404`.
Reading<Page> read_page(const net::Result& result);
Reading<std::vector<Facet>> read_facets(const net::Result& result);

// --- keys and names --------------------------------------------------------------------------------------------------

/// `text` without the key: wherever the API echoes it ("api_key":"…"), and, from 6 letters on, wherever it stands
/// otherwise.
std::string redact_key(std::string text, const std::string& key);

/// Throws DataError naming each unknown respondent with the nearest codes there are: the API itself would answer with
/// zero rows.
void require_known(const std::vector<std::string>& respondents, const std::vector<Facet>& known);

/// The respondents of EIA-930 as the API names them, by code.
const std::vector<Facet>& eia_respondents();
/// "PacifiCorp West"; the code itself where it is not known.
std::string name_of_respondent(std::string_view code);

}  // namespace gridring::source
