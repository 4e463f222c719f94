// SPDX-License-Identifier: MIT
#include "gridring/net/gzip.hpp"

#include <doctest/doctest.h>

#include "gridring/core/random.hpp"

using namespace gridring;

namespace {
std::string noise(std::size_t size) {
    Random random(3);
    std::string bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random.bits());
    return bytes;
}
}  // namespace

TEST_CASE("what is packed unpacks again") {
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{262'143}, std::size_t{262'144}, std::size_t{1'000'001}}) {
        const std::string bytes = noise(size);
        CHECK(net::gunzip(net::gzip(bytes, 1), size) == bytes);
    }
    const std::string two = net::gzip("one ") + net::gzip("two");
    CHECK(net::gunzip(two, 7) == "one two");
    const std::string large =
        noise(100'000) + std::string(1'000'000, 'b');  // the last member tells only its own length
    CHECK(net::gunzip(net::gzip(large) + net::gzip("") + net::gzip("x"), 2'000'000) == large + "x");
}

TEST_CASE("what is no whole gzip is refused") {
    const std::string packed = net::gzip(noise(1000));
    CHECK_FALSE(net::gunzip("", 100));
    CHECK_FALSE(net::gunzip("plain text", 100));
    std::string wrong = packed;
    wrong[wrong.size() - 6] = static_cast<char>(wrong[wrong.size() - 6] ^ 1);  // in the checksum
    CHECK_FALSE(net::gunzip(wrong, 5000));
    for (const std::size_t cut : {std::size_t{1}, std::size_t{9}, packed.size() / 2})
        CHECK_FALSE(net::gunzip(std::string_view(packed).substr(0, packed.size() - cut), 5000));
    CHECK_FALSE(net::gunzip(packed + "rubbish", 5000));
}

TEST_CASE("a bomb is stopped at the limit") {
    const std::string packed = net::gzip(std::string(50'000'000, 'a'), 9);
    CHECK(packed.size() < 100'000);
    bool is_too_large = false;
    CHECK_FALSE(net::gunzip(packed, 1'000'000, &is_too_large));
    CHECK(is_too_large);
    CHECK(net::gunzip(net::gzip("four"), 4));
    CHECK_FALSE(net::gunzip(net::gzip("four") + net::gzip("more"), 7, &is_too_large));
    CHECK(is_too_large);
    std::string boastful = net::gzip("four");  // claims 4 GiB
    boastful.replace(boastful.size() - 4, 4, 4, '\xff');
    CHECK_FALSE(net::gunzip(boastful, 1'000'000, &is_too_large));
    CHECK_FALSE(is_too_large);
    CHECK_FALSE(net::gunzip("plain text", 1'000'000, &is_too_large));
    CHECK_FALSE(is_too_large);
}
