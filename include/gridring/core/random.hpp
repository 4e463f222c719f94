// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace gridring {

/// Seeded random numbers that are the same on every platform and standard library (std::normal_distribution is not).
/// SplitMix64, Steele, Lea & Flood 2014. Not for secrets.
class Random {
public:
    explicit Random(std::uint64_t seed) : state_(seed) {}

    std::uint64_t bits() {
        state_ += 0x9E3779B97F4A7C15u;
        std::uint64_t z = state_;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        return z ^ (z >> 31);
    }
    /// In [0, 1).
    double uniform() { return static_cast<double>(bits() >> 11) * 0x1.0p-53; }
    /// In [0, bound), bound > 0; the bias is below bound / 2^64.
    std::int64_t below(std::int64_t bound) {
        return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(bound));
    }
    /// Mean 0, variance 1 (Box & Muller 1958).
    double normal() {
        const double radius = std::sqrt(-2.0 * std::log(1.0 - uniform()));
        return radius * std::cos(2.0 * std::numbers::pi * uniform());
    }

private:
    std::uint64_t state_;
};

/// One well-mixed seed from several numbers, for streams that depend on position (step, region, …) and not on call
/// order.
inline std::uint64_t mix_seed(std::uint64_t a, std::uint64_t b = 0, std::uint64_t c = 0) {
    Random first(a ^ 0x243F6A8885A308D3u);
    Random second(first.bits() ^ (b * 0x9E3779B97F4A7C15u));
    Random third(second.bits() ^ (c * 0xC2B2AE3D27D4EB4Fu));
    return third.bits();
}

}  // namespace gridring
