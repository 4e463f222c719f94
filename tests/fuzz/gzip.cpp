// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <cstdlib>

#include "gridring/net/gzip.hpp"

/// Any bytes as a packed body, and good ones that were changed: within the limit, or nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gridring;
    FuzzedDataProvider input(data, size);
    const bool is_raw = input.ConsumeBool();
    const auto most = input.ConsumeIntegralInRange<std::size_t>(0, 100'000);
    const int changes = input.ConsumeIntegralInRange(0, 4);
    std::string packed = is_raw ? input.ConsumeRemainingBytesAsString() : "";
    std::string plain;
    if (!is_raw) {
        std::string edits = input.ConsumeBytesAsString(static_cast<std::size_t>(3 * changes));
        plain = input.ConsumeRemainingBytesAsString();
        packed = net::gzip(plain) + (changes % 2 == 1 ? net::gzip(plain) : "");
        for (std::size_t at = 0; at + 3 <= edits.size(); at += 3)
            packed[(static_cast<unsigned char>(edits[at]) * 256u + static_cast<unsigned char>(edits[at + 1])) %
                   packed.size()] = edits[at + 2];
    }
    bool is_too_large = false;
    const auto unpacked = net::gunzip(packed, most, &is_too_large);
    if (unpacked && (unpacked->size() > most || is_too_large)) std::abort();
    if (!is_raw && changes == 0 && (plain.size() <= most) != unpacked.has_value()) std::abort();
    if (!is_raw && changes == 0 && unpacked && *unpacked != plain) std::abort();
    return 0;
}
