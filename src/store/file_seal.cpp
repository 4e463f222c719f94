// SPDX-License-Identifier: MIT
#include "store/file_seal.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::store {
namespace {

constexpr std::string_view mark = "gridring";
constexpr std::uint64_t block_bytes = 1 << 20;

std::string make_seal(uLong checksum) { return fmt::format("{}{:08x}", mark, checksum); }

/// Of the first `bytes` of the file, block by block.
uLong checksum_of(std::ifstream& file, std::uint64_t bytes) {
    std::vector<char> block(block_bytes);
    uLong checksum = crc32_z(0, nullptr, 0);
    while (bytes > 0 && file) {
        const std::uint64_t size = std::min(bytes, block_bytes);
        file.read(block.data(), static_cast<std::streamsize>(size));
        checksum = crc32_z(checksum, reinterpret_cast<const Bytef*>(block.data()), size);
        bytes -= size;
    }
    return checksum;
}

}  // namespace

std::string seal_of(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code unknown;
    const std::uint64_t size = std::filesystem::file_size(path, unknown);
    const uLong checksum = checksum_of(file, size);
    if (unknown || !file) throw StoreError(path.string(), "cannot be read again to be sealed");
    return make_seal(checksum);
}

std::string seal_in(const std::filesystem::path& path) {
    std::error_code unknown;
    const std::uint64_t size = std::filesystem::file_size(path, unknown);
    std::ifstream file(path, std::ios::binary);
    if (unknown || !file || size < seal_bytes) return {};  // what is wrong here, opening the file will say
    std::string seal(seal_bytes, ' ');
    file.seekg(static_cast<std::streamoff>(size - seal_bytes));
    file.read(seal.data(), seal_bytes);
    return seal.starts_with(mark) ? seal : std::string();
}

void check_seal(const std::filesystem::path& path) {
    const std::string seal = seal_in(path);
    if (seal.empty()) return;
    std::ifstream file(path, std::ios::binary);
    const std::uint64_t size = std::filesystem::file_size(path);
    if (seal != make_seal(checksum_of(file, size - seal_bytes)))
        throw StoreError(path.string(),
                         "damaged since it was written (its checksum does not fit); restore the file or make "
                         "it again");
}

}  // namespace gridring::store
