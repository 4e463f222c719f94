// SPDX-License-Identifier: MIT
#pragma once

#include <hdf5.h>

#include <filesystem>
#include <string>

namespace gridring::store {

/// The file that HDF5 writes to, beside the one it will replace. HDF5 1.10 crashes the process when a disk fills up
/// under it, so it writes through a driver of ours: of a write that fails it hears nothing, and what it writes from
/// then on goes nowhere. `expect_whole` tells.
class OutputFile {
public:
    /// Throws StoreError; so do the others.
    explicit OutputFile(std::filesystem::path path);
    ~OutputFile();  ///< removes what was not published
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// For H5Fcreate; the name given there is not looked at.
    void use_in(hid_t access_list);

    /// Throws for the first write that failed.
    void expect_whole() const;

    /// Puts the seal behind the last byte and the file in place of `path`, in one atomic step. HDF5 has closed it.
    void publish();

    bool read(haddr_t at, std::size_t size, void* bytes);
    void write(haddr_t at, std::size_t size, const void* bytes);
    haddr_t size() const { return size_; }

private:
    const std::filesystem::path path_, temporary_;
    int fd_;
    int error_ = 0;  ///< errno of the first write that failed
    haddr_t size_ = 0;
};

}  // namespace gridring::store
