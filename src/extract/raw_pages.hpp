// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

/// Pages on disk, as received less the key: one zstd frame with a checksum each.
namespace gridring::extract {

/// Its bytes are on disk when it returns, its name once the journal has taken its window. Throws StoreError.
void write_raw_page(const std::filesystem::path& file, std::string_view body);

/// Throws StoreError where the file is absent, cut or damaged.
std::string read_raw_page(const std::filesystem::path& file);

}  // namespace gridring::extract
