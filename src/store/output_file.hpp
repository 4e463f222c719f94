// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "gridring/store/encryption.hpp"
#include "store/file_bytes.hpp"
#include "store/memory_image.hpp"

namespace gridring::store {

/// The file that HDF5 writes to, beside the one it will replace. HDF5 1.10 crashes the process when a disk fills up
/// under it, so it writes through a driver of ours: of a write that fails it hears nothing, and what it writes from
/// then on goes nowhere. `expect_whole` tells. Where the process has a key, HDF5 writes to memory, and the disk sees
/// the encrypted file alone.
class OutputFile : public FileBytes {
public:
    /// Throws StoreError; so do the others.
    explicit OutputFile(std::filesystem::path path);
    ~OutputFile() override;  ///< removes what was not published

    /// Throws for the first write that failed.
    void expect_whole() const;

    /// Puts the seal behind the last byte and the file in place of `path`, in one atomic step. HDF5 has closed it.
    /// `before_replacing` is called when the new file is whole on disk and the old one still there.
    void publish(const std::function<void()>& before_replacing = {});

    bool read(haddr_t at, std::size_t size, void* bytes) override;
    void write(haddr_t at, std::size_t size, const void* bytes) override;
    haddr_t size() const override { return size_; }

private:
    void write_on_disk(haddr_t at, std::size_t size, const void* bytes);
    void write_encrypted();

    const std::filesystem::path path_, temporary_;
    const std::optional<EncryptionKey> key_;
    MemoryImage image_;  ///< of a file that will be encrypted
    int fd_;
    int error_ = 0;  ///< errno of the first write that failed
    haddr_t size_ = 0;
};

}  // namespace gridring::store
