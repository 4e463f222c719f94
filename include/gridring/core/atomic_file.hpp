// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace gridring {

/// Writes `bytes` to a temporary name beside `path`, fsyncs it, renames it to `path` and fsyncs the folder: a kill at
/// any instant leaves the old file or the new one. Throws StoreError.
void write_file_atomically(const std::filesystem::path& path, std::string_view bytes);

/// The same for many files of one folder: their names last once sync_folder() returns. Throws StoreError.
void write_file_synced(const std::filesystem::path& path, std::string_view bytes);
void sync_folder(const std::filesystem::path& folder);

/// Gives a complete file its name: fsyncs `temporary`, renames it to `path` and fsyncs the folder. Throws StoreError.
void publish_file(const std::filesystem::path& temporary, const std::filesystem::path& path);

/// A name in the folder of `path` that no other process uses: "<path>.<pid>.tmp".
std::filesystem::path temporary_beside(const std::filesystem::path& path);

/// Removes what processes of this machine that are no more left of their temporary_beside(path).
void remove_orphans_of(const std::filesystem::path& path);

/// Of a file that need not be there. Throws StoreError.
void remove_file(const std::filesystem::path& path);

/// The whole file as bytes. Throws StoreError.
std::string read_file(const std::filesystem::path& path);

}  // namespace gridring
