// SPDX-License-Identifier: MIT
#include "store/encryption_key.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <mutex>
#include <new>
#include <string_view>
#include <vector>

#include "gridring/core/private_file.hpp"

namespace gridring::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_bytes = crypto_kdf_KEYBYTES, key_digits = 2 * key_bytes;
constexpr const char* context = "gridring";  // of the derivation: eight bytes
static_assert(std::string_view("gridring").size() == crypto_kdf_CONTEXTBYTES);

void begin_sodium() {
    if (sodium_init() < 0) throw StoreError("libsodium", "cannot begin: no source of random numbers");
}

/// Text with a secret, wiped at the end.
struct SecretText {
    explicit SecretText(std::string with) : text(std::move(with)) {}
    ~SecretText() { sodium_memzero(text.data(), text.size()); }
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    std::string text;
};

struct MasterKey {
    MasterKey() = default;
    ~MasterKey() { sodium_memzero(bytes.data(), bytes.size()); }
    MasterKey(const MasterKey&) = delete;
    MasterKey& operator=(const MasterKey&) = delete;
    std::array<unsigned char, key_bytes> bytes{};
};

void parse(const fs::path& file, std::string_view text, MasterKey& key) {
    constexpr const char* blanks = " \t\r\n";
    const auto begin = std::min(text.find_first_not_of(blanks), text.size());
    text = text.substr(begin, text.find_last_not_of(blanks) + 1 - begin);
    std::size_t size = 0;
    const bool is_hex =
        text.size() == key_digits &&
        sodium_hex2bin(key.bytes.data(), key.bytes.size(), text.data(), text.size(), nullptr, &size, nullptr) == 0 &&
        size == key_bytes;
    if (!is_hex)
        throw ConfigError(fmt::format(
            "{}: expected an encryption key, {} hexadecimal digits and nothing else, found something else. Mend: "
            "`gridring key FILE` makes one",
            file.string(), key_digits));
}

std::shared_ptr<EncryptionKey::Secret> derive(const MasterKey& key) {
    auto* memory = static_cast<EncryptionKey::Secret*>(sodium_malloc(sizeof(EncryptionKey::Secret)));
    if (memory == nullptr) throw std::bad_alloc();
    std::shared_ptr<EncryptionKey::Secret> secret(memory, sodium_free);  // which wipes it first
    crypto_kdf_derive_from_key(secret->stream.data(), secret->stream.size(), 1, context, key.bytes.data());
    crypto_kdf_derive_from_key(secret->id.data(), secret->id.size(), 2, context, key.bytes.data());
    sodium_mprotect_readonly(memory);
    return secret;
}

struct Ring {
    std::mutex mutex;
    std::vector<EncryptionKey> keys;
    bool writes = false;  ///< with the last of them
};

Ring& ring() {
    static Ring keys;
    return keys;
}

}  // namespace

EncryptionKey EncryptionKey::read(const fs::path& file) {
    begin_sodium();
    const SecretText content(read_private_file(file, "the encryption key"));
    MasterKey master;
    parse(file, content.text, master);
    return EncryptionKey(derive(master));
}

std::string EncryptionKey::id() const { return to_text(secret_->id); }

void make_key_file(const fs::path& file) {
    begin_sodium();
    MasterKey key;
    crypto_kdf_keygen(key.bytes.data());
    SecretText text(std::string(key_digits + 1, '\0'));
    sodium_bin2hex(text.text.data(), text.text.size(), key.bytes.data(), key.bytes.size());
    text.text.back() = '\n';
    make_private_file(file, text.text);
}

void use_key(const EncryptionKey& key) {
    const std::lock_guard lock(ring().mutex);
    std::erase_if(ring().keys, [&](const EncryptionKey& known) { return known.secret().id == key.secret().id; });
    ring().keys.push_back(key);
    ring().writes = true;
}

void also_read_with(const EncryptionKey& key) {
    const std::lock_guard lock(ring().mutex);
    const auto is_it = [&](const EncryptionKey& known) { return known.secret().id == key.secret().id; };
    if (std::ranges::none_of(ring().keys, is_it)) ring().keys.insert(ring().keys.begin(), key);
}

bool has_key() { return key_in_use().has_value(); }

void forget_keys() {
    const std::lock_guard lock(ring().mutex);
    ring().keys.clear();
    ring().writes = false;
}

std::string to_text(const KeyId& id) { return fmt::format("{:02x}", fmt::join(id, "")); }

std::optional<EncryptionKey> key_in_use() {
    const std::lock_guard lock(ring().mutex);
    return ring().writes ? std::optional(ring().keys.back()) : std::nullopt;
}

EncryptionKey require_key(const KeyId& id, const std::string& file) {
    const std::lock_guard lock(ring().mutex);
    const auto& keys = ring().keys;
    const auto found = std::ranges::find(keys, id, [](const EncryptionKey& key) { return key.secret().id; });
    if (found != keys.end()) return *found;
    throw KeyError(file, fmt::format("encrypted with key {}, found {}. Mend: name its key file in "
                                     "run.encryption_key_file, GRIDRING_ENCRYPTION_KEY_FILE or decrypt --key-file",
                                     to_text(id), keys.empty() ? "no key" : "the key " + keys.back().id()));
}

}  // namespace gridring::store
