// SPDX-License-Identifier: MIT
#include "app/attend_input.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

using Extents = std::vector<std::int64_t>;

std::string text(const Extents& shape) {
    return shape.empty() ? "a single number" : fmt::format("{}", fmt::join(shape, " x "));
}

void require(const store::TensorReader& file, const std::string& name, const Extents& expected,
             const std::string& why) {
    if (const Extents found = file.shape(name); found != expected)
        file.reject(fmt::format("{} should be {} ({}), found {}", name, text(expected), why, text(found)));
}

/// Looks at every value of one tensor and makes holes of those that are not finite where the step is not valid.
class FiniteCheck {
public:
    FiniteCheck(attention::Positions positions, const std::vector<std::uint8_t>& is_valid)
        : positions_(positions), is_valid_(is_valid) {}

    /// `values` is batch x L x heads x head_dim. Returns how many became 0.
    std::int64_t operator()(const std::string& name, const attention::Heads& values) const {
        std::int64_t holes = 0;
        const std::int64_t width = values.heads * values.head_dim;
        for (std::int64_t row = 0; row < values.batch * values.rows; ++row) {
            const bool is_hole = !is_valid_.empty() && is_valid_[static_cast<std::size_t>(row)] == 0;
            for (std::int64_t i = 0; i < width; ++i) {
                float& value = values.data[row * width + i];
                if (std::isfinite(value)) continue;
                if (!is_hole) fail(name, values, row, i);
                value = 0, ++holes;
            }
        }
        return holes;
    }

private:
    [[noreturn]] void fail(const std::string& name, const attention::Heads& values, std::int64_t row,
                           std::int64_t column) const {
        const std::int64_t b = row / values.rows, t = positions_[static_cast<std::size_t>(row % values.rows)];
        throw NumericError(fmt::format(
            "{}[{}, {}, {}, {}] (batch, time, head, dim) is {}: expected a finite fp32 number; mend the value, or mark "
            "time {} as missing in /valid",
            name, b, t, column / values.head_dim, column % values.head_dim,
            values.data[row * values.heads * values.head_dim + column], t));
    }

    attention::Positions positions_;
    const std::vector<std::uint8_t>& is_valid_;
};

void set_bits(const std::vector<std::uint8_t>& is_valid, std::int64_t rows, std::span<std::uint8_t> bits) {
    for (std::size_t i = 0; i < is_valid.size(); ++i) {
        const auto b = static_cast<std::int64_t>(i) / rows, l = static_cast<std::int64_t>(i) % rows;
        auto& byte = bits[static_cast<std::size_t>(b * attention::validity_stride(rows) + l / 8)];
        if (is_valid[i] == 0) byte = static_cast<std::uint8_t>(byte & ~(1U << (l % 8)));
    }
}

std::span<float> memory(const attention::Heads& tensor) {
    return {tensor.data, static_cast<std::size_t>(tensor.batch * tensor.rows * tensor.heads * tensor.head_dim)};
}

}  // namespace

AttendProblem describe_input(const store::TensorReader& file) {
    const Extents q = file.shape("/q"), k = file.shape("/k");
    for (const auto& [name, shape] : {std::pair{"/q", q}, {"/k", k}})
        if (shape.size() != 4 || std::ranges::any_of(shape, [](std::int64_t extent) { return extent < 1; }))
            file.reject(fmt::format("{} should be batch x time x heads x head_dim, each at least 1, found {}", name,
                                    text(shape)));
    if (k[0] != q[0] || k[1] != q[1] || k[3] != q[3])
        file.reject(
            fmt::format("/k should be as /q in batch, time and head_dim, found /q {} and /k {}", text(q), text(k)));
    if (q[2] % k[2] != 0)
        file.reject(fmt::format("the heads of /k should divide those of /q, found {} in /k ({}) and {} in /q ({})",
                                k[2], text(k), q[2], text(q)));
    require(file, "/v", k, "as /k");
    AttendProblem problem{.shape = {.batch = q[0], .heads = q[2], .kv_heads = k[2], .head_dim = q[3]},
                          .steps = q[1],
                          .has_validity = file.has("/valid"),
                          .has_segments = file.has("/segment"),
                          .has_gradient = file.has("/d_out")};
    if (problem.has_validity) require(file, "/valid", {q[0], q[1]}, "batch x time");
    if (problem.has_segments) require(file, "/segment", {q[0], q[1]}, "batch x time");
    if (problem.has_gradient) require(file, "/d_out", q, "as /q");
    return problem;
}

AttendRows read_rows(const store::TensorReader& file, const AttendProblem& problem, attention::Positions positions,
                     ring::KeyValueBlock& block) {
    const auto& [B, H, G, D] = problem.shape;
    const auto L = std::ssize(positions);
    const auto is_valid = problem.has_validity ? file.read_flags("/valid", 1, positions) : std::vector<std::uint8_t>{};
    if (L > 0) set_bits(is_valid, L, block.validity());
    if (problem.has_segments) {
        const auto ids = file.read_labels("/segment", 1, positions);
        expects(ids.size() == block.segments().size(), "a packed block has a segment id for every row");
        std::ranges::copy(ids, block.segments().begin());
    }
    AttendRows rows;
    const FiniteCheck check(positions, is_valid);
    const auto read = [&](const std::string& name, const attention::Heads& into) {
        file.read_rows(name, 1, positions, memory(into));
        rows.holes += check(name, into);
    };
    const auto read_like_q = [&](const std::string& name, std::vector<float>& values) {
        values.resize(static_cast<std::size_t>(B * L * H * D));
        read(name, {values.data(), B, L, H, D});
    };
    read_like_q("/q", rows.q);
    read("/k", block.k());
    read("/v", block.v());
    if (problem.has_gradient) read_like_q("/d_out", rows.out_gradient);
    return rows;
}

}  // namespace gridring::app
