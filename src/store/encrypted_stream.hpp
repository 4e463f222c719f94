// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <iosfwd>
#include <span>
#include <string>

#include "gridring/store/encryption.hpp"

/// The format of encrypted files, docs/data_format.md: a header, then chunks of XChaCha20-Poly1305 that are chained, so
/// that none can be changed, left out or put elsewhere.
namespace gridring::store {

using Bytes = std::span<const unsigned char>;

constexpr std::size_t encrypted_header_bytes = 56;
constexpr std::size_t encrypted_chunk_bytes = std::size_t{1} << 20;  ///< of plain bytes

/// Fills the span; how many bytes it had, fewer only at the end.
using Source = std::function<std::size_t(std::span<unsigned char>)>;
using Sink = std::function<void(Bytes)>;

/// What is left of a stream; whether it could not be read further, the stream knows.
Source source_of(std::istream& file);

bool begins_encrypted(Bytes begin);

void encrypt(const Source& plain, const Sink& encrypted, const EncryptionKey& key);

/// What reaches `plain` is what was encrypted, but only a return says that it is all. `file` is for the messages.
/// Throws KeyError where the key of the file is not in use, StoreError where a byte is not what it was.
void decrypt(const Source& encrypted, const Sink& plain, const std::string& file);

}  // namespace gridring::store
