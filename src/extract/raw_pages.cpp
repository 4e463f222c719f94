// SPDX-License-Identifier: MIT
#include "raw_pages.hpp"

#include <zstd.h>

#include <memory>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"

namespace gridring::extract {
namespace {

/// Pages are so regular that a higher level saves little and costs much.
constexpr int level = 1;
constexpr std::size_t largest_page = std::size_t{64} << 20;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

ZSTD_CCtx* context_of_this_thread() {
    thread_local const std::unique_ptr<ZSTD_CCtx, FreeContext> context(ZSTD_createCCtx());
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    return context.get();
}

}  // namespace

void write_raw_page(const std::filesystem::path& file, std::string_view body) {
    std::string packed(ZSTD_compressBound(body.size()), '\0');
    const std::size_t size =
        ZSTD_compress2(context_of_this_thread(), packed.data(), packed.size(), body.data(), body.size());
    expects(ZSTD_isError(size) == 0, "zstd into compressBound() bytes");
    write_file_atomically(file, std::string_view(packed).substr(0, size));
}

std::string read_raw_page(const std::filesystem::path& file) {
    const std::string packed = read_file(file);
    const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > largest_page)
        throw StoreError(file.string(), "expected a raw page (zstd), found something else");
    std::string body(size, '\0');
    const std::size_t got = ZSTD_decompress(body.data(), body.size(), packed.data(), packed.size());
    if (ZSTD_isError(got) != 0 || got != body.size()) throw StoreError(file.string(), "the raw page is damaged");
    return body;
}

}  // namespace gridring::extract
