// SPDX-License-Identifier: MIT
#include "gridring/core/fingerprint.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace gridring;

TEST_CASE("fingerprints tell any two lists of texts apart") {
    CHECK(fingerprint({}) == "cbf29ce484222325");
    CHECK(fingerprint({"a", "b"}) == fingerprint({"a", "b"}));
    const std::string prints[] = {fingerprint({"ab", "c"}), fingerprint({"a", "bc"}), fingerprint({"abc"}),
                                  fingerprint({"abc", ""}), fingerprint({"abd"}),     fingerprint({"b", "a"})};
    for (std::size_t i = 0; i < std::size(prints); ++i)
        for (std::size_t j = 0; j < i; ++j) CHECK(prints[i] != prints[j]);
}
