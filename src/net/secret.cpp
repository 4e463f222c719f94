// SPDX-License-Identifier: MIT
#include "gridring/net/secret.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <array>

#include "gridring/core/error.hpp"

namespace gridring::net {

bool is_same_secret(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

std::string random_token() {
    std::array<unsigned char, 32> bytes{};
    expects(RAND_bytes(bytes.data(), bytes.size()) == 1, "random bytes of OpenSSL");
    std::string text;
    for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
    return text;
}

}  // namespace gridring::net
