// SPDX-License-Identifier: MIT
#include "store/encrypted_stream.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <istream>
#include <memory>
#include <string_view>

#include "store/encryption_key.hpp"

namespace gridring::store {
namespace {

/// As PNG's: a byte that is no text, and line ends and an end of file that careless copying changes.
constexpr std::string_view mark = "\x89GRC\r\n\x1a\n";
constexpr unsigned char version = 1;
constexpr std::size_t tag_bytes = crypto_secretstream_xchacha20poly1305_ABYTES,
                      sealed_bytes = encrypted_chunk_bytes + tag_bytes;
constexpr unsigned char more = crypto_secretstream_xchacha20poly1305_TAG_MESSAGE,
                        last = crypto_secretstream_xchacha20poly1305_TAG_FINAL;

static_assert(encryption_overhead == encrypted_header_bytes + tag_bytes);

using Header = std::array<unsigned char, encrypted_header_bytes>;
constexpr std::size_t version_at = 8, id_at = 12, nonce_at = 28, checksum_at = 52;
static_assert(nonce_at + crypto_secretstream_xchacha20poly1305_HEADERBYTES == checksum_at);

/// Tells a damaged header from one of another key; against forgery the header is authenticated with every chunk.
std::array<unsigned char, 4> checksum_of(const Header& header) {
    const uLong crc = crc32_z(0, header.data(), checksum_at);
    std::array<unsigned char, 4> bytes{};
    for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<unsigned char>(crc >> (8 * i));
    return bytes;
}

Header begin_header(const KeyId& id) {
    Header header{};
    std::ranges::copy(mark, header.begin());
    header[version_at] = version;
    std::ranges::copy(id, header.begin() + id_at);
    return header;
}

void end_header(Header& header) { std::ranges::copy(checksum_of(header), header.begin() + checksum_at); }

/// The state of a stream holds a key of its own, wiped at the end.
struct State {
    State() = default;
    ~State() { sodium_memzero(&state, sizeof state); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
    crypto_secretstream_xchacha20poly1305_state state{};
};

/// Memory that is not touched before it is needed: most files are smaller than a chunk.
using Buffer = std::unique_ptr<unsigned char[]>;
Buffer make_buffer(std::size_t bytes) { return std::make_unique_for_overwrite<unsigned char[]>(bytes); }

/// Chunks of a source, each with whether it is the last: read one ahead.
class Chunks {
public:
    Chunks(const Source& source, std::size_t bytes)
        : source_(source), bytes_(bytes), chunk_(make_buffer(bytes)), next_(make_buffer(bytes)) {
        next_size_ = source_({next_.get(), bytes_});
    }

    /// Valid until the next call.
    Bytes take(bool& is_last) {
        std::swap(chunk_, next_);
        const std::size_t size = next_size_;
        next_size_ = size == bytes_ ? source_({next_.get(), bytes_}) : 0;
        is_last = next_size_ == 0;
        return {chunk_.get(), size};
    }

private:
    const Source& source_;
    const std::size_t bytes_;
    Buffer chunk_, next_;
    std::size_t next_size_ = 0;
};

[[noreturn]] void reject(const std::string& file, const std::string& what) {
    throw StoreError(file, fmt::format("damaged since it was encrypted ({}); restore the file or make it again", what));
}

EncryptionKey read_header(const Source& encrypted, const std::string& file, Header& header) {
    if (encrypted(header) < header.size()) reject(file, "it is cut within its header");
    if (!begins_encrypted(header)) reject(file, "it does not begin as an encrypted file");
    if (!std::ranges::equal(checksum_of(header), Bytes(header).subspan(checksum_at)))
        reject(file, "the checksum of its header does not fit");
    if (header[version_at] != version || std::ranges::any_of(Bytes(header).subspan(version_at + 1, 3), std::identity{}))
        throw StoreError(file, fmt::format("encrypted in version {} of the format, expected {}; read it with the "
                                           "gridring that wrote it",
                                           header[version_at], version));
    KeyId id{};
    std::copy_n(header.begin() + id_at, id.size(), id.begin());
    return require_key(id, file);
}

}  // namespace

Source source_of(std::istream& file) {
    return [&file](std::span<unsigned char> part) {
        file.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(part.size()));
        return static_cast<std::size_t>(file.gcount());
    };
}

bool begins_encrypted(Bytes begin) {
    return begin.size() >= mark.size() && std::memcmp(begin.data(), mark.data(), mark.size()) == 0;
}

void encrypt(const Source& plain, const Sink& encrypted, const EncryptionKey& key) {
    Header header = begin_header(key.secret().id);
    State stream;
    crypto_secretstream_xchacha20poly1305_init_push(&stream.state, header.data() + nonce_at,
                                                    key.secret().stream.data());
    end_header(header);
    encrypted(header);
    Chunks chunks(plain, encrypted_chunk_bytes);
    const Buffer sealed = make_buffer(sealed_bytes);
    for (bool is_last = false; !is_last;) {
        const Bytes chunk = chunks.take(is_last);
        crypto_secretstream_xchacha20poly1305_push(&stream.state, sealed.get(), nullptr, chunk.data(), chunk.size(),
                                                   header.data(), header.size(), is_last ? last : more);
        encrypted({sealed.get(), chunk.size() + tag_bytes});
    }
}

void decrypt(const Source& encrypted, const Sink& plain, const std::string& file) {
    Header header{};
    const EncryptionKey key = read_header(encrypted, file, header);
    State stream;
    if (crypto_secretstream_xchacha20poly1305_init_pull(&stream.state, header.data() + nonce_at,
                                                        key.secret().stream.data()) != 0)
        reject(file, "its header fits no stream");
    Chunks chunks(encrypted, sealed_bytes);
    const Buffer opened = make_buffer(encrypted_chunk_bytes);
    bool is_last = false;
    for (std::size_t number = 1; !is_last; ++number) {
        const Bytes chunk = chunks.take(is_last);
        unsigned char tag = 0;
        const bool fits = chunk.size() >= tag_bytes && crypto_secretstream_xchacha20poly1305_pull(
                                                           &stream.state, opened.get(), nullptr, &tag, chunk.data(),
                                                           chunk.size(), header.data(), header.size()) == 0;
        if (!fits) reject(file, fmt::format("chunk {} does not fit its authentication code", number));
        if ((tag == last) != is_last)
            reject(file, is_last ? fmt::format("it is cut behind chunk {}", number)
                                 : fmt::format("something follows its last chunk, {}", number));
        plain({opened.get(), chunk.size() - tag_bytes});
    }
}

}  // namespace gridring::store
