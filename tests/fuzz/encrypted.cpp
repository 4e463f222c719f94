// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <array>
#include <cstdlib>

#include "fuzz/scratch.hpp"
#include "store/encrypted_stream.hpp"
#include "unit/store/used_key.hpp"

namespace {

using namespace gridring;

constexpr std::size_t chunk = store::encrypted_chunk_bytes, header = store::encrypted_header_bytes;

struct Sample {
    std::string plain, encrypted;
};

/// Encrypted under a key that this process has from now on.
std::array<Sample, 4> make_samples() {
    const auto key = fuzz::scratch() / "key";
    store::make_key_file(key);
    store::use_key(store::EncryptionKey::read(key));
    std::array<Sample, 4> samples;
    for (std::size_t i = 0; const std::size_t size : {std::size_t{0}, std::size_t{300}, chunk, chunk + 7}) {
        samples[i].plain = std::string(size, 'p');
        samples[i].encrypted = store::encrypt_if_asked(samples[i].plain);
        ++i;
    }
    return samples;
}

/// Bytes changed, cut out, added and moved.
std::string changed(FuzzedDataProvider& input, std::string bytes) {
    for (int changes = input.ConsumeIntegralInRange(0, 3); changes > 0 && !bytes.empty(); --changes) {
        const auto at = input.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - 1);
        const auto length = input.ConsumeIntegralInRange<std::size_t>(0, bytes.size() - at);
        switch (input.ConsumeIntegralInRange(0, 4)) {
            case 0:
                bytes[at] = input.ConsumeIntegral<char>();
                break;
            case 1:
                bytes.erase(at, length);
                break;
            case 2:
                bytes.insert(at, input.ConsumeRandomLengthString(40));
                break;
            case 3:
                bytes.append(bytes, at, length);
                break;
            default:
                bytes.resize(at);
        }
    }
    return bytes;
}

/// What anybody can write who has no key: a header whose checksum is right.
std::string forged(const Sample& sample, const std::string& bytes) {
    std::string begin = sample.encrypted.substr(0, 28) + bytes.substr(0, 24);
    begin.resize(header - 4);
    return begin + test::crc_of(begin) + bytes.substr(std::min<std::size_t>(24, bytes.size()));
}

}  // namespace

/// An encrypted file that is not, byte for byte, one that was written is refused; one that is comes back.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const std::array<Sample, 4> samples = make_samples();
    FuzzedDataProvider input(data, size);
    const Sample& sample = samples[input.ConsumeIntegralInRange<std::size_t>(0, samples.size() - 1)];
    const int kind = input.ConsumeIntegralInRange(0, 2);
    const std::string bytes = kind == 0   ? input.ConsumeRemainingBytesAsString()
                              : kind == 1 ? forged(sample, input.ConsumeRemainingBytesAsString())
                                          : changed(input, sample.encrypted);
    try {
        const std::string plain = store::decrypt_if_encrypted(bytes, "fuzz");
        const bool is_encrypted = bytes.starts_with(sample.encrypted.substr(0, 8));
        if (plain != (is_encrypted ? sample.plain : bytes) || (is_encrypted && bytes != sample.encrypted)) std::abort();
    } catch (const StoreError&) {
        if (bytes == sample.encrypted) std::abort();
    }
    return 0;
}
