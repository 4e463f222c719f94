// SPDX-License-Identifier: MIT
#include "gridring/core/append_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "descriptor_io.hpp"
#include "gridring/core/atomic_file.hpp"

namespace gridring {
namespace fs = std::filesystem;

AppendFile::AppendFile(fs::path path)
    : path_(std::move(path)), fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail(path_, "open");
    sync_folder(path_.has_parent_path() ? path_.parent_path() : fs::path("."));
}

AppendFile::~AppendFile() { ::close(fd_); }

void AppendFile::append(std::string_view record) {
    const off_t before = ::lseek(fd_, 0, SEEK_END);
    if (write_all(fd_, record) && ::fdatasync(fd_) == 0) return;
    const int problem = errno;
    const bool is_restored = ::ftruncate(fd_, before) == 0;
    errno = problem;
    fail(path_, is_restored ? "write" : "write (and undoing it)");
}

void AppendFile::truncate(std::size_t size) {
    if (::ftruncate(fd_, static_cast<off_t>(size)) != 0) fail(path_, "truncate");
}

}  // namespace gridring
