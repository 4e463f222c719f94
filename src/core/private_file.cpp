// SPDX-License-Identifier: MIT
#include "gridring/core/private_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "descriptor_io.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"

namespace gridring {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t most_bytes = 4096;

class Descriptor {
public:
    explicit Descriptor(int fd) : fd_(fd) {}
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    operator int() const { return fd_; }

private:
    int fd_;
};

/// Of the file that is open, not of whatever has its name by now.
void expect_private(const struct stat& status, const fs::path& path) {
    constexpr mode_t others = S_IRWXG | S_IRWXO, all = others | S_IRWXU;
    if ((status.st_mode & others) != 0)
        throw ConfigError(
            fmt::format("{}: expected a key file that only its owner may read, found mode {:03o}. Mend: chmod 600 {}",
                        path.string(), status.st_mode & all, path.string()));
}

}  // namespace

std::string read_private_file(const fs::path& path, const std::string& what) {
    const auto reject = [&](const char* reason) {
        throw StoreError(path.string(), fmt::format("expected a file with {}: {}", what, reason));
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file < 0 || ::fstat(file, &status) != 0) reject(std::strerror(errno));
    if (S_ISDIR(status.st_mode)) reject("found a folder");  // a pipe may well hold a secret
    expect_private(status, path);
    std::string content(most_bytes, '\0');  // no second copy of a secret: it does not grow
    std::size_t size = 0;
    while (size < content.size()) {
        const ssize_t got = ::read(file, content.data() + size, content.size() - size);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) reject(std::strerror(errno));
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    if (size == most_bytes) reject("found 4096 bytes and more");
    content.resize(size);
    return content;
}

void make_private_file(const fs::path& path, const std::string& content) {
    const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (file < 0) fail(path, "making it");
    if (!write_all(file, content) || ::fsync(file) != 0) {
        const int problem = errno;
        ::unlink(path.c_str());
        errno = problem;
        fail(path, "write");
    }
    sync_folder(path.has_parent_path() ? path.parent_path() : fs::path("."));
}

}  // namespace gridring
