// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace gridring::source {

struct ArchivedFile {
    std::string name, bytes;
};

struct Unzipped {
    std::vector<ArchivedFile> files;
    std::string problem;  ///< why there are none: no zip, cut, damaged, too large; else empty
};

/// All files of a zip archive, each held against its CRC-32. Never unpacks more than `max_bytes` in all, whatever the
/// archive claims.
Unzipped unzip(std::string_view archive, std::size_t max_bytes);

/// An archive of one file, deflated. It tells no time, so that the same file gives the same bytes.
std::string zip(const ArchivedFile& file);

}  // namespace gridring::source
