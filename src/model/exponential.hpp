// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

namespace gridring::model {

/// e^x to 2e-7 relative, in plain arithmetic that compilers vectorise (std::exp stays a scalar call without
/// -ffast-math). Saturates outside [-60, 60]; NaN stays NaN. e^x = 2^n e^r with |r| <= ln(2)/2; e^r by its Taylor
/// series to degree 7.
inline float exponential(float x) {
    constexpr float shift = 12582912.0f;  // 1.5 · 2^23: adding it leaves the nearest integer in the low bits
    x = x < -60.0f ? -60.0f : x;
    x = x > 60.0f ? 60.0f : x;
    const float shifted = x * 1.44269504f + shift;
    const float n = shifted - shift;
    const float r = (x - n * 0.693359375f) + n * 2.12194440e-4f;  // ln(2) in two parts
    float p = 1.0f / 5040.0f;
    p = p * r + 1.0f / 720.0f;
    p = p * r + 1.0f / 120.0f;
    p = p * r + 1.0f / 24.0f;
    p = p * r + 1.0f / 6.0f;
    p = p * r + 0.5f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    const auto exponent = std::bit_cast<std::int32_t>(shifted) - std::bit_cast<std::int32_t>(shift);
    return p * std::bit_cast<float>((exponent + 127) << 23);
}

inline float sigmoid(float x) { return 1.0f / (1.0f + exponential(-x)); }

/// SiLU (Hendrycks & Gimpel 2016) x·sigmoid(x), and its derivative from s = sigmoid(x).
inline float silu(float x) { return x * sigmoid(x); }
inline float silu_slope(float x, float s) { return s * (1.0f + x * (1.0f - s)); }

}  // namespace gridring::model
