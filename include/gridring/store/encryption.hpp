// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "gridring/core/error.hpp"

/// Encryption of files at rest, by libsodium (XChaCha20-Poly1305); the format is in docs/data_format.md.
namespace gridring::store {

/// The file is encrypted and its key is not in use. It may well be whole, so nobody takes it for damaged and makes it
/// anew.
struct KeyError : StoreError {
    using StoreError::StoreError;
};

/// A key of 256 bits. Its memory is locked, in no core dump, and wiped when the last copy goes.
class EncryptionKey {
public:
    /// 64 hexadecimal digits in a file that only its owner may read. Throws ConfigError, StoreError.
    static EncryptionKey read(const std::filesystem::path& file);

    /// 32 hexadecimal digits, from the key one way: every file tells the one it needs. No secret.
    std::string id() const;

    struct Secret;  ///< for the inside of `store`
    const Secret& secret() const { return *secret_; }

private:
    explicit EncryptionKey(std::shared_ptr<const Secret> secret) : secret_(std::move(secret)) {}
    std::shared_ptr<const Secret> secret_;
};

/// Writes a new random key to a new file of mode 600. Throws StoreError, also where there is such a file: a key that
/// files may need is never replaced.
void make_key_file(const std::filesystem::path& file);

/// From now on this process writes every series, checkpoint, results and sweep file under `key`, and what it is asked
/// to by encrypt_if_asked(). Files under this key and those used before can be read; so can plain ones, which are
/// warned of. Whole processes have a key, not single calls: what is forgotten in one place lies in plain. Thread-safe.
void use_key(const EncryptionKey& key);
/// Files under this key can be read as well; what is written stays as it was.
void also_read_with(const EncryptionKey& key);
bool has_key();
/// All of them: files are written in plain again.
void forget_keys();

/// Looks at the first bytes; false for what cannot be read.
bool is_encrypted(const std::filesystem::path& file);

/// What up to 1 MiB grows by when it is encrypted.
constexpr std::size_t encryption_overhead = 73;

/// `bytes` encrypted where the process has a key, else as they are.
std::string encrypt_if_asked(std::string bytes);
/// The content of `file`, as read from it, in plain. Throws KeyError; StoreError for what is damaged.
std::string decrypt_if_encrypted(std::string bytes, const std::filesystem::path& file);

/// Any file into an encrypted one, under the key in use; atomic, and `to` may be `from`. Throws StoreError, also for a
/// file that is encrypted already.
void encrypt_file(const std::filesystem::path& from, const std::filesystem::path& to);
/// The file as it was, byte for byte, and readable by its owner alone. Throws StoreError for a plain file as well.
void decrypt_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace gridring::store
