// SPDX-License-Identifier: MIT
#include "gridring/store/encryption.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "gridring/core/atomic_file.hpp"
#include "store/encrypted_stream.hpp"
#include "store/encryption_key.hpp"

namespace gridring::store {
namespace {

namespace fs = std::filesystem;

Source source_of(std::string_view text) {
    return [text](std::span<unsigned char> part) mutable {
        const std::size_t size = std::min(part.size(), text.size());
        std::memcpy(part.data(), text.data(), size);
        text.remove_prefix(size);
        return size;
    };
}

Sink append_to(std::string& text) {
    return [&text](Bytes bytes) { text.append(reinterpret_cast<const char*>(bytes.data()), bytes.size()); };
}

/// A file that has its name once it is whole.
class NewFile {
public:
    NewFile(fs::path path, mode_t mode)
        : path_(std::move(path)),
          temporary_(temporary_beside(path_)),
          fd_(::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode)) {
        if (fd_ < 0) fail("open");
    }
    ~NewFile() {
        ::close(fd_);
        ::unlink(temporary_.c_str());  // absent where it was published
    }
    NewFile(const NewFile&) = delete;
    NewFile& operator=(const NewFile&) = delete;

    void append(Bytes bytes) const {
        while (!bytes.empty()) {
            const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("write");
            bytes = bytes.subspan(static_cast<std::size_t>(written));
        }
    }
    void publish() const { publish_file(temporary_, path_); }

private:
    [[noreturn]] void fail(const char* what) const {
        throw StoreError(path_.string(), std::string(what) + " failed: " + std::strerror(errno));
    }

    fs::path path_, temporary_;
    int fd_;
};

std::ifstream open(const fs::path& path) {
    std::error_code none;
    std::ifstream file(path, std::ios::binary);
    if (!file || fs::is_directory(path, none))
        throw StoreError(path.string(), "expected a file that can be read, found none");
    return file;
}

void expect_read(const std::ifstream& file, const fs::path& path) {
    if (file.bad()) throw StoreError(path.string(), "cannot be read to its end");
}

EncryptionKey expect_key(const fs::path& file) {
    if (auto key = key_in_use()) return *std::move(key);
    throw KeyError(
        file.string(),
        "cannot be encrypted without a key. Mend: name its key file in GRIDRING_ENCRYPTION_KEY_FILE or --key-file");
}

}  // namespace

bool is_encrypted(const fs::path& file) {
    std::array<unsigned char, encrypted_header_bytes> begin{};
    std::ifstream stream(file, std::ios::binary);
    return begins_encrypted(Bytes(begin).first(source_of(stream)(begin)));
}

std::string encrypt_if_asked(std::string bytes) {
    const auto key = key_in_use();
    if (!key) return bytes;
    std::string encrypted;
    encrypt(source_of(bytes), append_to(encrypted), *key);
    return encrypted;
}

std::string decrypt_if_encrypted(std::string bytes, const fs::path& file) {
    if (!begins_encrypted(Bytes(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()))) return bytes;
    std::string plain;
    decrypt(source_of(bytes), append_to(plain), file.string());
    return plain;
}

void encrypt_file(const fs::path& from, const fs::path& to) {
    if (is_encrypted(from)) throw StoreError(from.string(), "is encrypted already");
    const EncryptionKey key = expect_key(from);
    std::ifstream file = open(from);
    const NewFile out(to, 0644);
    encrypt(
        source_of(file), [&](Bytes bytes) { out.append(bytes); }, key);
    expect_read(file, from);
    out.publish();
}

void decrypt_file(const fs::path& from, const fs::path& to) {
    std::ifstream file = open(from);
    if (!is_encrypted(from)) throw StoreError(from.string(), "expected an encrypted file, found a plain one");
    const NewFile out(to, 0600);
    decrypt(
        source_of(file), [&](Bytes bytes) { out.append(bytes); }, from.string());
    expect_read(file, from);
    out.publish();
}

}  // namespace gridring::store
