// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

namespace gridring::source {

/// The files of a zip archive on disk, one after the other, unpacked as they are read: for archives that would not fit
/// into memory. All throw StoreError naming the archive.
class ZipStream {
public:
    explicit ZipStream(std::filesystem::path path);
    ~ZipStream();
    ZipStream(const ZipStream&) = delete;
    ZipStream& operator=(const ZipStream&) = delete;

    /// Goes to the first file, then to the next; false when there is none.
    bool next();
    /// Of the file at hand.
    const std::string& name() const;
    /// Its next bytes, 0 at its end, where it is held against its CRC-32.
    std::size_t read(char* to, std::size_t size);
    /// Bytes of the archive read so far, about.
    std::int64_t position() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gridring::source
