// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace gridring {

/// A small file with a secret, whole. `what` ("the API key") is for the messages. Throws ConfigError for a file that
/// anybody but its owner may read or write, StoreError for one that cannot be read.
std::string read_private_file(const std::filesystem::path& path, const std::string& what);

/// Makes such a file, mode 600, on disk when it returns. Throws StoreError, also where there is a file already.
void make_private_file(const std::filesystem::path& path, const std::string& content);

}  // namespace gridring
