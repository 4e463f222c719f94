// SPDX-License-Identifier: MIT
#include "gridring/core/atomic_file.hpp"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "descriptor_io.hpp"
#include "gridring/core/error.hpp"

namespace gridring {
namespace {

namespace fs = std::filesystem;

class Descriptor {
public:
    Descriptor(const fs::path& path, int flags) : path_(path), fd_(::open(path.c_str(), flags | O_CLOEXEC, 0644)) {
        if (fd_ < 0) fail(path_, "open");
    }
    ~Descriptor() { ::close(fd_); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    void write(std::string_view bytes) const {
        if (!write_all(fd_, bytes)) fail(path_, "write");
    }
    void sync() const {
        if (::fsync(fd_) != 0) fail(path_, "fsync");
    }

private:
    const fs::path& path_;
    int fd_;
};

fs::path folder_of(const fs::path& path) { return path.has_parent_path() ? path.parent_path() : fs::path("."); }

void rename_file(const fs::path& from, const fs::path& to) {
    if (::rename(from.c_str(), to.c_str()) != 0) fail(to, "rename");
}

}  // namespace

fs::path temporary_beside(const fs::path& path) { return path.string() + "." + std::to_string(::getpid()) + ".tmp"; }

void remove_orphans_of(const fs::path& path) {
    const std::string begin = path.filename().string() + ".", end = ".tmp";
    std::error_code none;
    std::vector<fs::path> orphans;
    for (const auto& entry : fs::directory_iterator(folder_of(path), none)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with(begin) || !name.ends_with(end) || name.size() <= begin.size() + end.size()) continue;
        const std::string pid = name.substr(begin.size(), name.size() - begin.size() - end.size());
        const bool is_number = pid.size() < 10 && std::ranges::all_of(pid, [](char c) { return c >= '0' && c <= '9'; });
        if (is_number && ::kill(static_cast<pid_t>(std::stol(pid)), 0) != 0 && errno == ESRCH)
            orphans.push_back(entry.path());
    }
    for (const fs::path& orphan : orphans) fs::remove(orphan, none);
}

void sync_folder(const fs::path& folder) { Descriptor(folder, O_RDONLY | O_DIRECTORY).sync(); }

void write_file_atomically(const fs::path& path, std::string_view bytes) {
    write_file_synced(path, bytes);
    sync_folder(folder_of(path));
}

void write_file_synced(const fs::path& path, std::string_view bytes) {
    const fs::path temporary = temporary_beside(path);
    try {
        const Descriptor file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        file.write(bytes);
        file.sync();
        rename_file(temporary, path);
    } catch (...) {
        ::unlink(temporary.c_str());
        throw;
    }
}

void publish_file(const fs::path& temporary, const fs::path& path) {
    Descriptor(temporary, O_WRONLY).sync();
    rename_file(temporary, path);
    sync_folder(folder_of(path));
}

void remove_file(const fs::path& path) {
    std::error_code error;
    fs::remove(path, error);
    if (error) throw StoreError(path.string(), "cannot be removed: " + error.message());
}

std::string read_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) fail(path, "open");
    std::error_code error;
    if (fs::is_directory(path, error)) throw StoreError(path.string(), "expected a file, found a folder");
    std::string bytes{std::istreambuf_iterator<char>(file), {}};
    if (file.bad()) fail(path, "read");
    return bytes;
}

}  // namespace gridring
