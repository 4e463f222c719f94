// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Comma-separated text as both our own files and OASIS write it: one row a line, quotes around a cell where need be.
namespace gridring::source {

/// Cuts the next line off `rest`, without its end.
std::string_view cut_line(std::string_view& rest);

/// Cuts the next cell off a line. A quoted one comes without its quotes, with "" inside as it stands.
std::string_view cut_cell(std::string_view& line, char separator = ',');

/// A finite number that fills the cell; empty for anything else.
std::optional<double> to_number(std::string_view cell);

/// The same, also with thousands separators: "-1,234", "1,234.5". Quick for whole numbers.
std::optional<double> to_grouped_number(std::string_view cell);

/// The whole of a file, unpacked where its name ends in .gz. Throws StoreError.
std::string read_csv_text(const std::filesystem::path& file);

}  // namespace gridring::source
