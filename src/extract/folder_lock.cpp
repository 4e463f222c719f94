// SPDX-License-Identifier: MIT
#include "folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

#include "gridring/extract/extract.hpp"

namespace gridring::extract {
namespace {

std::string owner_of(int fd) {
    std::array<char, 32> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    return std::string(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
}

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder) {
    const std::string path = (folder / ".lock").string();
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd_ < 0) throw StoreError(path, fmt::format("cannot lock the folder: {}", std::strerror(errno)));
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
        const int error = errno;
        const std::string owner = owner_of(fd_);
        ::close(fd_);
        if (error != EWOULDBLOCK)
            throw StoreError(path, fmt::format("cannot lock the folder: {}", std::strerror(error)));
        throw FolderBusy(path, fmt::format("another extraction (process {}) works on this folder. Mend: wait until it "
                                           "ends, or choose another folder with --set run.folder=…",
                                           owner));
    }
    const std::string owner = std::to_string(::getpid());  // for the message alone: what locks is flock()
    if (::ftruncate(fd_, 0) == 0) (void)!::pwrite(fd_, owner.data(), owner.size(), 0);
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace gridring::extract
