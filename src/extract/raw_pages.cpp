// SPDX-License-Identifier: MIT
#include "raw_pages.hpp"

#include <zstd.h>

#include <memory>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::extract {
namespace {

/// Of the fast ones: pages are so regular that level 1 saves 3 % and costs nearly twice the time.
constexpr int level = -3;
constexpr std::size_t largest_page = std::size_t{64} << 20;

struct FreeContext {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

/// What one thread needs again and again.
class Packer {
public:
    Packer() : context_(ZSTD_createCCtx()) {
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_compressionLevel, level);
        ZSTD_CCtx_setParameter(context_.get(), ZSTD_c_checksumFlag, 1);
    }
    /// Valid until the next call.
    std::string_view pack(std::string_view body) {
        const std::size_t bound = ZSTD_compressBound(body.size());
        if (bound > capacity_) {
            buffer_ = std::make_unique_for_overwrite<char[]>(bound);
            capacity_ = bound;
        }
        const std::size_t size = ZSTD_compress2(context_.get(), buffer_.get(), capacity_, body.data(), body.size());
        expects(ZSTD_isError(size) == 0, "zstd into compressBound() bytes");
        return {buffer_.get(), size};
    }

private:
    std::unique_ptr<ZSTD_CCtx, FreeContext> context_;
    std::unique_ptr<char[]> buffer_;
    std::size_t capacity_ = 0;
};

}  // namespace

void write_raw_page(const std::filesystem::path& file, std::string_view body) {
    thread_local Packer packer;
    write_file_synced(file, store::encrypt_if_asked(std::string(packer.pack(body))));
}

std::string read_raw_page(const std::filesystem::path& file) {
    const std::string packed = store::decrypt_if_encrypted(read_file(file), file);
    const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN || size > largest_page)
        throw StoreError(file.string(), "expected a raw page (zstd), found something else");
    std::string body(size, '\0');
    const std::size_t got = ZSTD_decompress(body.data(), body.size(), packed.data(), packed.size());
    if (ZSTD_isError(got) != 0 || got != body.size()) throw StoreError(file.string(), "the raw page is damaged");
    return body;
}

}  // namespace gridring::extract
