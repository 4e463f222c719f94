// SPDX-License-Identifier: MIT
#include "gridring/core/folder_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <thread>
#include <utility>

#include "gridring/core/host.hpp"
#include "gridring/core/log.hpp"

namespace gridring {
namespace {

constexpr std::chrono::milliseconds look_again{100};

/// Shared and inherited ones are held by no single process.
bool has_owner(const LockTerms& terms) { return !terms.is_shared && !terms.is_inherited; }

/// " (process 4711 on node1)", or nothing where nobody says so.
std::string owner_in(int fd, const LockTerms& terms) {
    if (!has_owner(terms)) return {};
    std::array<char, 256> text{};
    const ssize_t size = ::pread(fd, text.data(), text.size(), 0);
    return size > 0 ? fmt::format(" ({})", std::string(text.data(), static_cast<std::size_t>(size))) : std::string();
}

/// 0, or the errno that it ended with.
int lock(int fd, const std::string& path, const LockTerms& terms) {
    const int kind = (terms.is_shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
    const auto end = std::chrono::steady_clock::now() + terms.patience;
    for (bool is_told = false; ::flock(fd, kind) != 0; std::this_thread::sleep_for(look_again)) {
        const int error = errno;
        if (error != EWOULDBLOCK || std::chrono::steady_clock::now() >= end) return error;
        if (!std::exchange(is_told, true))
            log::warning(fmt::format("{}: {}{} works on this folder; this one waits until it ends", path, terms.holder,
                                     owner_in(fd, terms)));
    }
    return 0;
}

bool has_no_locks(int error) { return error == ENOLCK || error == ENOSYS || error == EOPNOTSUPP; }

}  // namespace

FolderLock::FolderLock(const std::filesystem::path& folder, const LockTerms& terms) {
    const std::string path = (folder / terms.file).string();
    const int kind = terms.is_inherited ? 0 : O_CLOEXEC;
    fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | kind, 0666);
    if (fd_ < 0 && errno == EACCES) fd_ = ::open(path.c_str(), O_RDONLY | kind);  // somebody else's: enough to lock it
    if (fd_ < 0) throw StoreError(path, fmt::format("cannot lock the folder: {}", std::strerror(errno)));
    const int error = lock(fd_, path, terms);
    if (has_no_locks(error) && !terms.is_required)
        log::warning(fmt::format("{}: {}; nothing keeps another program off this folder", path, std::strerror(error)));
    else if (error != 0) {
        const std::string owner = owner_in(fd_, terms);
        ::close(fd_);
        if (error != EWOULDBLOCK)
            throw StoreError(path, fmt::format("cannot lock the folder: {}", std::strerror(error)));
        throw FolderBusy(path, fmt::format("{}{} works on this folder. Mend: wait until it ends, or choose another "
                                           "folder with {}",
                                           terms.holder, owner, terms.option));
    }
    if (!has_owner(terms)) return;
    const std::string owner = fmt::format("process {} on {}", ::getpid(), host_name());
    if (::ftruncate(fd_, 0) == 0) (void)!::pwrite(fd_, owner.data(), owner.size(), 0);
}

FolderLock::~FolderLock() { ::close(fd_); }

}  // namespace gridring
