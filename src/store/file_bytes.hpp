// SPDX-License-Identifier: MIT
#pragma once

#include <hdf5.h>

#include <cstddef>

namespace gridring::store {

/// What HDF5 reads and writes through instead of a file that it opens itself. It outlives the HDF5 file.
class FileBytes {
public:
    FileBytes() = default;
    virtual ~FileBytes() = default;
    FileBytes(const FileBytes&) = delete;
    FileBytes& operator=(const FileBytes&) = delete;

    /// Behind the end there is nothing but zeros, as HDF5 has it of every driver. False where it cannot be read.
    virtual bool read(haddr_t at, std::size_t size, void* bytes) = 0;
    virtual void write(haddr_t at, std::size_t size, const void* bytes) = 0;
    virtual haddr_t size() const = 0;

    /// For H5Fcreate or H5Fopen; the name given there is not looked at. Throws StoreError.
    void use_in(hid_t access_list);
};

}  // namespace gridring::store
