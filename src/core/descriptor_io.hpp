// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>
#include <string_view>

#include "gridring/core/error.hpp"

/// What every file of ours does with its descriptor.
namespace gridring {

/// Throws StoreError with the reason in errno.
[[noreturn]] inline void fail(const std::filesystem::path& path, const char* what) {
    throw StoreError(path.string(), std::string(what) + " failed: " + std::strerror(errno));
}

/// False, with the reason in errno, where not all of it could be written.
inline bool write_all(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace gridring
