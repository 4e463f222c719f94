// SPDX-License-Identifier: MIT
#include "ring/wire.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace gridring;
using ring::BlockLayout;
using ring::from_bf16;
using ring::RowRange;
using ring::to_bf16;
using ring::Wire;

namespace {

float rounded(float value) { return from_bf16(to_bf16(value)); }

}  // namespace

TEST_CASE("bf16 rounds to the nearest, ties to even") {
    const float ulp = 0x1p-7F;  // of values in [1, 2)
    CHECK(rounded(1.0F) == 1.0F);
    CHECK(rounded(1 + ulp / 2) == 1.0F);            // a tie: 1 is even
    CHECK(rounded(1 + 1.5F * ulp) == 1 + 2 * ulp);  // a tie: up
    CHECK(rounded(1 + 0.501F * ulp) == 1 + ulp);
    CHECK(rounded(-1 - 0.501F * ulp) == -1 - ulp);
    CHECK(rounded(2 - ulp / 4) == 2.0F);  // carries into the exponent
    CHECK((rounded(-0.0F) == 0.0F && std::signbit(rounded(-0.0F))));
    const float infinity = std::numeric_limits<float>::infinity();
    CHECK(rounded(infinity) == infinity);
    CHECK(rounded(-infinity) == -infinity);
    CHECK(std::isnan(rounded(std::numeric_limits<float>::quiet_NaN())));
    CHECK(std::isnan(rounded(std::bit_cast<float>(0x7F800001U))));  // not to be rounded into infinity
    CHECK(rounded(0x1p-149F) == 0.0F);
    for (int i = 0; i < 1000; ++i) {
        const float x = std::sin(static_cast<float>(i)) * std::ldexp(1.0F, i % 60 - 30);
        CHECK(std::abs(rounded(x) - x) <= std::abs(x) / 256);
        CHECK(rounded(rounded(x)) == rounded(x));
    }
}

TEST_CASE("some rows of a block, as they travel and as they are read again") {
    const attention::Shape shape{2, 4, 2, 3};
    const std::int64_t L = 21;
    ring::KeyValueBlock own(shape, L, true);
    for (std::int64_t i = 0; i < shape.batch * L * 6; ++i) {
        own.k().data[i] = static_cast<float>(i % 128);  // exact in bf16
        own.v().data[i] = -static_cast<float>(i % 64);
    }
    for (std::size_t i = 0; i < own.segments().size(); ++i) own.segments()[i] = static_cast<std::int32_t>(i) - 5;
    for (std::size_t i = 0; i < own.validity().size(); ++i) own.validity()[i] = static_cast<std::uint8_t>(37 * i + 11);
    const auto is_valid = [](attention::KeyValidity bits, std::int64_t rows, std::int64_t b, std::int64_t l) {
        return bits[static_cast<std::size_t>(b * attention::validity_stride(rows) + l / 8)] >> (l % 8) & 1;
    };

    const BlockLayout home{shape, L, true};
    for (const RowRange rows : {RowRange{0, L}, RowRange{0, 1}, RowRange{5, 9}, RowRange{13, 8}, RowRange{4, 0}}) {
        for (const auto wire : {Wire::fp32, Wire::bf16}) {
            const BlockLayout travels{shape, rows.count, true, wire}, readable{shape, rows.count, true};
            CHECK(travels.bytes() == static_cast<std::size_t>(2 * rows.count * ((wire == Wire::bf16 ? 2 : 4) * 12 + 4) +
                                                              2 * ((rows.count + 7) / 8)));
            comm::BlockBuffer sent(travels.bytes()), decoded(readable.bytes());
            pack(home, own.bytes(), rows, travels, sent.bytes());
            if (wire == Wire::bf16) unpack(travels, sent.bytes(), readable, decoded.bytes());
            const auto& arrived = wire == Wire::bf16 ? decoded : sent;
            const auto view = readable.view(arrived.bytes(), {});
            for (std::int64_t b = 0; b < 2; ++b) {
                for (std::int64_t l = 0; l < rows.count; ++l) {
                    const std::int64_t from = rows.first + l;
                    for (std::int64_t h = 0; h < 2; ++h) {
                        for (std::int64_t d = 0; d < 3; ++d) {
                            CHECK(view.k.head(b, h).row(l)[d] == own.k().head(b, h).row(from)[d]);
                            CHECK(view.v.head(b, h).row(l)[d] == own.v().head(b, h).row(from)[d]);
                        }
                    }
                    CHECK(view.segments[static_cast<std::size_t>(b * rows.count + l)] ==
                          own.segments()[static_cast<std::size_t>(b * L + from)]);
                    CHECK(is_valid(view.validity, rows.count, b, l) == is_valid(own.validity(), L, b, from));
                }
            }
        }
    }
}
