// SPDX-License-Identifier: MIT
#include "gridring/net/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "gridring/core/error.hpp"

namespace gridring::net {
namespace {

constexpr int gzip_wrapper = 16 + MAX_WBITS;  // zlib: ask for gzip framing rather than zlib's own
constexpr std::size_t slice = std::size_t{1} << 18;

template <class Byte>
Bytef* bytes_of(Byte* data) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(data));
}

void expect_one_call(std::string_view bytes) {
    expects(bytes.size() <= std::numeric_limits<uInt>::max(), "gzip takes at most 4 GiB in one piece");
}

}  // namespace

std::string gzip(std::string_view bytes, int level) {
    expect_one_call(bytes);
    z_stream stream{};
    expects(deflateInit2(&stream, level, Z_DEFLATED, gzip_wrapper, 8, Z_DEFAULT_STRATEGY) == Z_OK, "deflateInit2");
    const std::unique_ptr<z_stream, decltype(&deflateEnd)> closer(&stream, deflateEnd);
    std::string packed(deflateBound(&stream, static_cast<uLong>(bytes.size())), '\0');
    stream.next_in = bytes_of(bytes.data());
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = bytes_of(packed.data());
    stream.avail_out = static_cast<uInt>(packed.size());
    expects(deflate(&stream, Z_FINISH) == Z_STREAM_END, "deflate into deflateBound() bytes");
    packed.resize(stream.total_out);
    return packed;
}

std::optional<std::string> gunzip(std::string_view packed, std::size_t max_bytes, bool* is_too_large) {
    if (is_too_large) *is_too_large = false;
    expect_one_call(packed);
    z_stream stream{};
    expects(inflateInit2(&stream, gzip_wrapper) == Z_OK, "inflateInit2");
    const std::unique_ptr<z_stream, decltype(&inflateEnd)> closer(&stream, inflateEnd);
    stream.next_in = bytes_of(packed.data());
    stream.avail_in = static_cast<uInt>(packed.size());

    std::string bytes;
    for (;;) {
        const std::size_t done = bytes.size();
        bytes.resize(done + slice);
        stream.next_out = bytes_of(bytes.data() + done);
        stream.avail_out = static_cast<uInt>(slice);
        const int status = inflate(&stream, Z_NO_FLUSH);
        bytes.resize(done + slice - stream.avail_out);
        if (bytes.size() > max_bytes) {
            if (is_too_large) *is_too_large = true;
            return std::nullopt;
        }
        if (status == Z_STREAM_END && stream.avail_in == 0) return bytes;
        if (status == Z_STREAM_END)
            inflateReset(&stream);  // another member follows
        else if (status != Z_OK || (stream.avail_in == 0 && stream.avail_out > 0))
            return std::nullopt;
    }
}

}  // namespace gridring::net
