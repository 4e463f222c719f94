// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

#include "store/encrypted_stream.hpp"

namespace gridring::store {

constexpr std::size_t seal_bytes = 16;

/// `seal_bytes` characters behind the last byte of an HDF5 file, which HDF5 itself does not look at: "gridring" and the
/// CRC-32 of all before it in hex. HDF5 1.10.8 crashes or hangs on some damaged files (27 of 2,400 with one to
/// four flipped bits) and reads most others without a word, so the seal is looked at first. A program that changes the
/// file cuts the seal off.
std::string seal_of(const std::filesystem::path& path);
std::string seal_of(const Source& content);

/// The seal that a file carries; empty where it has none. An encrypted file is decrypted for it and may throw.
std::string seal_in(const std::filesystem::path& path);

/// Of a plain file. Throws StoreError when it carries a seal that does not fit it; one without passes.
void check_seal(const std::filesystem::path& path);

}  // namespace gridring::store
