// SPDX-License-Identifier: MIT
#include "store/output_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "store/encryption_key.hpp"
#include "store/file_seal.hpp"

namespace gridring::store {

OutputFile::OutputFile(std::filesystem::path path)
    : path_(std::move(path)),
      temporary_(temporary_beside(path_)),
      key_(key_in_use()),
      fd_(::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)) {
    if (fd_ < 0) throw StoreError(path_.string(), std::string("open failed: ") + std::strerror(errno));
}

OutputFile::~OutputFile() {
    if (fd_ < 0) return;
    ::close(fd_);
    ::unlink(temporary_.c_str());
}

void OutputFile::expect_whole() const {
    if (error_ != 0) throw StoreError(path_.string(), std::string("write failed: ") + std::strerror(error_));
}

bool OutputFile::read(haddr_t at, std::size_t size, void* bytes) {
    if (key_) return image_.read(at, size, bytes);
    auto* to = static_cast<char*>(bytes);
    while (size > 0) {
        const ssize_t got = ::pread(fd_, to, size, static_cast<off_t>(at));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return false;
        if (got == 0) {
            std::memset(to, 0, size);
            return true;
        }
        to += got, at += static_cast<haddr_t>(got), size -= static_cast<std::size_t>(got);
    }
    return true;
}

void OutputFile::write(haddr_t at, std::size_t size, const void* bytes) {
    size_ = std::max(size_, at + size);
    if (!key_) return write_on_disk(at, size, bytes);
    try {
        if (error_ == 0) image_.write(at, size, bytes);
    } catch (const std::bad_alloc&) {  // HDF5 knows no exceptions
        error_ = ENOMEM;
    }
}

void OutputFile::write_on_disk(haddr_t at, std::size_t size, const void* bytes) {
    const auto* from = static_cast<const char*>(bytes);
    while (size > 0 && error_ == 0) {
        const ssize_t written = ::pwrite(fd_, from, size, static_cast<off_t>(at));
        if (written < 0 && errno != EINTR) error_ = errno;
        if (written < 0) continue;
        from += written, at += static_cast<haddr_t>(written), size -= static_cast<std::size_t>(written);
    }
}

void OutputFile::write_encrypted() {
    haddr_t at = 0;
    const auto append = [&](Bytes bytes) {
        write_on_disk(at, bytes.size(), bytes.data());
        at += bytes.size();
    };
    encrypt(image_.source(), append, *key_);
}

void OutputFile::publish(const std::function<void()>& before_replacing) {
    expect_whole();
    const std::string seal = key_ ? seal_of(image_.source()) : seal_of(temporary_);
    write(size_, seal.size(), seal.data());
    if (key_) write_encrypted();
    expect_whole();
    if (before_replacing) {
        if (::fsync(fd_) != 0) error_ = errno;
        expect_whole();
        before_replacing();
    }
    publish_file(temporary_, path_);
    ::close(fd_);
    fd_ = -1;
}

}  // namespace gridring::store
