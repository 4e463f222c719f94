// SPDX-License-Identifier: MIT
#include "gridring/net/gzip.hpp"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

#include "gridring/core/error.hpp"
#include "gridring/net/http_client.hpp"

namespace gridring::net {
namespace {

constexpr std::size_t most_expansion = 1032;  // of deflate: 258 bytes for two bits

struct Free {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
    void operator()(libdeflate_decompressor* decompressor) const { libdeflate_free_decompressor(decompressor); }
};

/// What the last member says of its length, modulo 2^32. Any bytes may stand there, so it is a hint and no more.
std::size_t unpacked_hint(std::string_view packed) {
    std::size_t size = 0;
    for (std::size_t i = 4; packed.size() > 4 && i > 0; --i)
        size = size << 8 | static_cast<unsigned char>(packed[packed.size() - 5 + i]);
    return std::min(size, packed.size() * most_expansion);
}

/// Unpacks the member at the front of `packed` behind the first `done` bytes of `bytes`, and moves both on.
libdeflate_result unpack_member(libdeflate_decompressor* decompressor, std::string_view& packed, std::string& bytes,
                                std::size_t& done) {
    std::size_t taken = 0, given = 0;
    const auto result = libdeflate_gzip_decompress_ex(decompressor, packed.data(), packed.size(), bytes.data() + done,
                                                      bytes.size() - done, &taken, &given);
    if (result == LIBDEFLATE_SUCCESS) {
        packed.remove_prefix(taken);
        done += given;
    }
    return result;
}

}  // namespace

std::string gzip(std::string_view bytes, int level) {
    const std::unique_ptr<libdeflate_compressor, Free> compressor(libdeflate_alloc_compressor(level));
    expects(compressor != nullptr, "a gzip compressor");
    std::string packed(libdeflate_gzip_compress_bound(compressor.get(), bytes.size()), '\0');
    const std::size_t size =
        libdeflate_gzip_compress(compressor.get(), bytes.data(), bytes.size(), packed.data(), packed.size());
    expects(size > 0, "libdeflate_gzip_compress into its bound");
    packed.resize(size);
    return packed;
}

std::optional<std::string> gunzip(std::string_view packed, std::size_t max_bytes, bool* is_too_large) {
    if (is_too_large) *is_too_large = false;
    const std::unique_ptr<libdeflate_decompressor, Free> decompressor(libdeflate_alloc_decompressor());
    expects(decompressor != nullptr, "a gzip decompressor");
    std::string bytes;
    bytes.reserve(std::min(unpacked_hint(packed), max_bytes) + room_behind_bodies);
    bytes.resize(std::min(unpacked_hint(packed), max_bytes));
    std::size_t done = 0;
    do {
        auto result = unpack_member(decompressor.get(), packed, bytes, done);
        while (result == LIBDEFLATE_INSUFFICIENT_SPACE && bytes.size() < max_bytes) {  // the hint was wrong
            bytes.resize(std::min(std::max(2 * bytes.size(), 4 * packed.size()), max_bytes));
            result = unpack_member(decompressor.get(), packed, bytes, done);
        }
        if (is_too_large) *is_too_large = result == LIBDEFLATE_INSUFFICIENT_SPACE;
        if (result != LIBDEFLATE_SUCCESS) return std::nullopt;
    } while (!packed.empty());
    bytes.resize(done);
    return bytes;
}

}  // namespace gridring::net
