// SPDX-License-Identifier: MIT
#pragma once

#include <sodium.h>

#include <array>
#include <optional>
#include <string>

#include "gridring/store/encryption.hpp"

namespace gridring::store {

using KeyId = std::array<unsigned char, 16>;

/// What is derived from the key of the file; that itself is not kept.
struct EncryptionKey::Secret {
    std::array<unsigned char, crypto_secretstream_xchacha20poly1305_KEYBYTES> stream;
    KeyId id;
};

std::string to_text(const KeyId& id);

/// The one that files are written under.
std::optional<EncryptionKey> key_in_use();
/// Throws KeyError naming `file` where the key of that id is not in use.
EncryptionKey require_key(const KeyId& id, const std::string& file);

}  // namespace gridring::store
