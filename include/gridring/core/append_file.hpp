// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string_view>

namespace gridring {

/// A file that grows by whole records.
class AppendFile {
public:
    /// Opens `path`, or makes it and fsyncs its folder. Throws StoreError.
    explicit AppendFile(std::filesystem::path path);
    ~AppendFile();
    AppendFile(const AppendFile&) = delete;
    AppendFile& operator=(const AppendFile&) = delete;

    /// On disk when it returns. Where it throws StoreError (a full disk), the file is as it was before.
    void append(std::string_view record);
    /// Cuts off what lies behind the first `size` bytes.
    void truncate(std::size_t size);

private:
    const std::filesystem::path path_;
    int fd_;
};

}  // namespace gridring
