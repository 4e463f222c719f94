// SPDX-License-Identifier: MIT
#pragma once

#include <zlib.h>

#include <filesystem>
#include <string>

#include "gridring/store/encryption.hpp"

namespace gridring::test {

/// In use while it lives; then there is none.
class UsedKey {
public:
    explicit UsedKey(const std::filesystem::path& file) { store::use_key(store::EncryptionKey::read(file)); }
    ~UsedKey() { store::forget_keys(); }
    UsedKey(const UsedKey&) = delete;
    UsedKey& operator=(const UsedKey&) = delete;
};

/// As it stands in the header of an encrypted file.
inline std::string crc_of(const std::string& header) {
    const uLong crc = crc32_z(0, reinterpret_cast<const Bytef*>(header.data()), header.size());
    std::string bytes;
    for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(crc >> shift);
    return bytes;
}

}  // namespace gridring::test
