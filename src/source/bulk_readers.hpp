// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "bulk_text.hpp"
#include "gridring/source/bulk.hpp"

/// One reader a kind of text. Each fills the report; rows with a fault are counted and told in it.
namespace gridring::source {

/// Adds a bad row, `what` being "<hour> <region>: …".
void add_bad_row(BulkReport& report, std::int64_t line, const std::string& what);

/// What a header line makes of a table, and what is wrong with it where it makes nothing.
struct TableHeader {
    BulkKind kind = BulkKind::unknown;
    std::string problem;
};
TableHeader recognise_table(std::string_view header, const std::string& name);

/// `lines` begins behind the header; the rest of `text` follows.
void read_table(std::string_view header, std::string_view lines, BulkText& text, const BulkOptions& options,
                const TakeStretch& take, BulkReport& report);

/// `lines` begins with the first object.
void read_series_objects(std::string_view lines, BulkText& text, const TakeStretch& take, BulkReport& report);

}  // namespace gridring::source
