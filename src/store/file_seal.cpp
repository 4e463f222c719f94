// SPDX-License-Identifier: MIT
#include "store/file_seal.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <limits>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::store {
namespace {

constexpr std::string_view mark = "gridring";
constexpr std::uint64_t block_bytes = 1 << 20, all = std::numeric_limits<std::uint64_t>::max();

std::string make_seal(uLong checksum) { return fmt::format("{}{:08x}", mark, checksum); }

/// Of the first `bytes`, or of all there are, block by block.
uLong checksum_of(const Source& content, std::uint64_t bytes) {
    std::vector<unsigned char> block(block_bytes);
    uLong checksum = crc32_z(0, nullptr, 0);
    for (std::size_t got = block.size(); bytes > 0 && got == block.size(); bytes -= got) {
        block.resize(static_cast<std::size_t>(std::min(bytes, block_bytes)));
        got = content(block);
        checksum = crc32_z(checksum, block.data(), got);
    }
    return checksum;
}

std::string seal_in_encrypted(const std::filesystem::path& path) {
    std::string end;
    std::ifstream file(path, std::ios::binary);
    const auto keep_end = [&](Bytes plain) {
        const Bytes kept = plain.last(std::min(plain.size(), seal_bytes));
        end.append(kept.begin(), kept.end());
        end.erase(0, end.size() - std::min(end.size(), seal_bytes));
    };
    decrypt(source_of(file), keep_end, path.string());
    return end;
}

std::string last_bytes(const std::filesystem::path& path) {
    std::error_code unknown;
    const std::uint64_t size = std::filesystem::file_size(path, unknown);
    std::ifstream file(path, std::ios::binary);
    if (unknown || !file || size < seal_bytes) return {};  // what is wrong here, opening the file will say
    std::string end(seal_bytes, ' ');
    file.seekg(static_cast<std::streamoff>(size - seal_bytes));
    file.read(end.data(), seal_bytes);
    return end;
}

}  // namespace

std::string seal_of(const Source& content) { return make_seal(checksum_of(content, all)); }

std::string seal_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const bool is_open = file.is_open();
    const std::string seal = seal_of(source_of(file));
    if (!is_open || file.bad()) throw StoreError(path.string(), "cannot be read again to be sealed");
    return seal;
}

std::string seal_in(const std::filesystem::path& path) {
    const std::string seal = is_encrypted(path) ? seal_in_encrypted(path) : last_bytes(path);
    return seal.starts_with(mark) ? seal : std::string();
}

void check_seal(const std::filesystem::path& path) {
    const std::string seal = last_bytes(path);
    if (!seal.starts_with(mark)) return;
    std::ifstream file(path, std::ios::binary);
    const std::uint64_t size = std::filesystem::file_size(path);
    if (seal != make_seal(checksum_of(source_of(file), size - seal_bytes)))
        throw StoreError(path.string(),
                         "damaged since it was written (its checksum does not fit); restore the file or make "
                         "it again");
}

}  // namespace gridring::store
