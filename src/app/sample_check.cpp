// SPDX-License-Identifier: MIT
#include "app/sample_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "app/sampled_rows.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

/// First, last, and evenly spread ones between.
std::vector<std::int64_t> sampled_positions(std::int64_t steps, std::int64_t samples) {
    std::vector<std::int64_t> positions;
    const std::int64_t count = std::min(samples, steps);
    for (std::int64_t i = 0; i < count; ++i)
        positions.push_back(count == 1 ? steps - 1 : i * (steps - 1) / (count - 1));
    return positions;
}

/// Difference of a tensor's sampled rows; what more than one rank finds is joined at the end.
class Comparison {
public:
    void add(double found, double expected) {
        const double off = std::abs(found - expected);
        // A NaN is as wrong as can be; -inf where it is expected is right.
        if (found == expected) return void(squares_ += std::isfinite(expected) ? expected * expected : 0);
        worst_ = std::isnan(off) ? std::numeric_limits<double>::infinity() : std::max(worst_, off);
        difference_ += std::isnan(off) ? std::numeric_limits<double>::infinity() : off * off;
        squares_ += expected * expected;
    }
    SampledError conclude(const comm::Communicator* ring, const std::string& tensor) const {
        std::array<double, 2> sums{difference_, squares_};
        if (ring) ring->sum(std::span<double>(sums));
        return {tensor, ring ? ring->max(worst_) : worst_,
                sums[0] == 0 ? 0 : std::sqrt(sums[0] / std::max(sums[1], 1e-300))};
    }

private:
    double worst_ = 0, difference_ = 0, squares_ = 0;
};

/// Calls visit(l, row of `positions`) for every sampled position that lies on this rank.
template <class Visit>
void for_each_own(const HashedTensors& mine, std::span<const std::int64_t> positions, const Visit& visit) {
    for (std::size_t i = 0; i < positions.size(); ++i) {
        const auto found = std::ranges::lower_bound(mine.positions(), positions[i]);
        if (found != mine.positions().end() && *found == positions[i]) visit(found - mine.positions().begin(), i);
    }
}

void compare_row(Comparison& comparison, const attention::Heads& tensor, std::int64_t l, const double* expected) {
    const std::int64_t width = tensor.heads * tensor.head_dim;
    for (std::int64_t i = 0; i < width; ++i) comparison.add(tensor.data[l * width + i], expected[i]);
}

}  // namespace

std::vector<SampledError> check_samples(const comm::Communicator* ring, HashedTensors& mine, std::int64_t steps,
                                        const attention::Scoring& scoring, std::int64_t samples) {
    const auto& shape = mine.shape();
    const auto positions = sampled_positions(steps, samples);
    const double scale = scoring.scale > 0 ? scoring.scale : 1 / std::sqrt(static_cast<double>(shape.head_dim));
    Comparison out, lse, dq, dk, dv;

    std::vector<std::int64_t> own, own_rows;
    for_each_own(mine, positions, [&](std::int64_t l, std::size_t i) {
        own.push_back(positions[i]);
        own_rows.push_back(l);
    });
    const auto queries = dense_query_rows(shape, steps, scoring.mask, scale, own, mine.has_gradient());
    const std::int64_t width = shape.heads * shape.head_dim;
    for (std::size_t i = 0; i < own.size(); ++i) {
        const auto at = static_cast<std::int64_t>(i);
        compare_row(out, mine.out(), own_rows[i], queries.out.data() + at * width);
        for (std::int64_t h = 0; h < shape.heads; ++h)
            lse.add(mine.lse()[static_cast<std::size_t>(h * mine.rows() + own_rows[i])],
                    queries.lse[static_cast<std::size_t>(at * shape.heads + h)]);
        if (mine.has_gradient()) compare_row(dq, mine.dq(), own_rows[i], queries.dq.data() + at * width);
    }
    std::vector<SampledError> errors{out.conclude(ring, "out"), lse.conclude(ring, "lse")};
    if (!mine.has_gradient()) return errors;

    auto keys = dense_key_rows(mine, scoring.mask, scale, positions);
    for (auto* sums : {&keys.dk, &keys.dv})
        if (ring) ring->sum(std::span<double>(*sums));
    const std::int64_t key_width = shape.kv_heads * shape.head_dim;
    for_each_own(mine, positions, [&](std::int64_t l, std::size_t i) {
        compare_row(dk, mine.dk(), l, keys.dk.data() + static_cast<std::int64_t>(i) * key_width);
        compare_row(dv, mine.dv(), l, keys.dv.data() + static_cast<std::int64_t>(i) * key_width);
    });
    for (const auto& [comparison, name] : {std::pair{&dq, "dq"}, {&dk, "dk"}, {&dv, "dv"}})
        errors.push_back(comparison->conclude(ring, name));
    return errors;
}

std::string describe(const std::vector<SampledError>& errors) {
    std::string text;
    for (const auto& [tensor, max_abs, relative] : errors)
        text += fmt::format("{}{} max abs {:.1e} rel L2 {:.1e}", text.empty() ? "" : "; ", tensor, max_abs, relative);
    return text;
}

nlohmann::json to_json(const std::vector<SampledError>& errors) {
    nlohmann::json json;
    for (const auto& [tensor, max_abs, relative] : errors)
        json[tensor] = {{"max_abs", max_abs}, {"relative_l2", relative}};
    return json;
}

void require_small(const std::vector<SampledError>& errors, bool is_bf16) {
    const double limit = is_bf16 ? 3e-2 : 1e-4;  // fp32 alone: some 1e-6, with long sums 1e-5
    for (const auto& [tensor, max_abs, relative] : errors)
        if (!(relative <= limit))
            throw NumericError(
                fmt::format("{} of the sampled rows: expected a relative error of at most {:.0e} against "
                            "dense attention in double, found {:.1e}",
                            tensor, limit, relative));
}

}  // namespace gridring::app
