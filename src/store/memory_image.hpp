// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "store/encrypted_stream.hpp"
#include "store/file_bytes.hpp"

namespace gridring::store {

/// The bytes of a file that is never on disk in this form. Grows without being copied.
class MemoryImage : public FileBytes {
public:
    bool read(haddr_t at, std::size_t size, void* bytes) override;
    void write(haddr_t at, std::size_t size, const void* bytes) override;
    haddr_t size() const override { return size_; }

    /// From the first byte on; the image must outlive it.
    Source source();
    /// The last bytes, all where there are fewer.
    std::string end(std::size_t size);

private:
    static constexpr std::size_t block_bytes = encrypted_chunk_bytes;

    std::vector<std::unique_ptr<unsigned char[]>> blocks_;
    haddr_t size_ = 0;
};

}  // namespace gridring::store
