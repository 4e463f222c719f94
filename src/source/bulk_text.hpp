// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace gridring::source {

/// One text of a bulk file, packed or not, in pieces of whole lines.
class BulkText {
public:
    using Read = std::function<std::size_t(char* to, std::size_t size)>;  ///< 0 at the end; throws StoreError

    BulkText(std::string name, Read read);

    /// The next lines, empty at the end. Valid until the next call; `padding` bytes behind them may be read.
    std::string_view next();

    const std::string& name() const { return name_; }
    std::int64_t bytes() const { return bytes_; }  ///< so far, unpacked

    static constexpr std::size_t padding = 64;  ///< simdjson reads beyond its text

private:
    void fill();

    std::string name_;
    Read read_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0, end_ = 0;  ///< what is in the buffer and was not handed out
    std::int64_t bytes_ = 0;
    bool is_at_end_ = false;
};

/// Calls `use` with each text of a .csv, .txt, .gz or .zip file; `progress`, if any, hears how many bytes of the file
/// were read. Throws StoreError, and what `use` throws.
void for_each_text(const std::filesystem::path& file, const std::function<void(std::int64_t)>& progress,
                   const std::function<void(BulkText&)>& use);

}  // namespace gridring::source
