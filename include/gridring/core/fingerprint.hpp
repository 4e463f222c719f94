// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace gridring {

/// FNV-1a, 64 bits (Fowler, Noll & Vo): tells contents apart, keeps nothing secret.
class Fingerprint {
public:
    void add_byte(unsigned char byte) { value_ = (value_ ^ byte) * 0x100000001B3u; }
    /// Eight bytes, the low one first.
    void add(std::uint64_t bits) {
        for (int byte = 0; byte < 8; ++byte) add_byte(static_cast<unsigned char>(bits >> (8 * byte)));
    }
    void add(double) = delete;  // which bits of it is the caller's to say
    /// Its length as well, so that texts in a row differ where one ends elsewhere.
    void add(std::string_view text) {
        add(std::uint64_t{text.size()});
        for (const char letter : text) add_byte(static_cast<unsigned char>(letter));
    }
    /// 16 digits.
    std::string hex() const;

private:
    std::uint64_t value_ = 0xCBF29CE484222325u;
};

/// Of all parts: texts that differ anywhere, or in where one ends, differ.
std::string fingerprint(std::initializer_list<std::string_view> parts);

}  // namespace gridring
