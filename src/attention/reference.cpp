// SPDX-License-Identifier: MIT
#include "gridring/attention/reference.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gridring/core/error.hpp"

namespace gridring::attention::reference {
namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

/// Where element d = 0 of (b, t, h) lies in a tensor [batch][T][heads][head_dim].
std::size_t offset(const Problem& problem, std::int64_t b, std::int64_t t, std::int64_t h, std::int64_t heads) {
    return static_cast<std::size_t>(((b * problem.steps + t) * heads + h) * problem.shape.head_dim);
}

double softmax_scale(const Problem& problem) {
    return problem.scale != 0 ? problem.scale : 1.0 / std::sqrt(static_cast<double>(problem.shape.head_dim));
}

double dot(const double* x, const double* y, std::int64_t size) {
    double sum = 0;
    for (std::int64_t d = 0; d < size; ++d) sum += x[d] * y[d];
    return sum;
}

/// y += a x.
void add(double a, const double* x, double* y, std::int64_t size) {
    for (std::int64_t d = 0; d < size; ++d) y[d] += a * x[d];
}

bool is_visible(const Problem& problem, std::int64_t b, std::int64_t query, std::int64_t key) {
    const bool is_valid =
        problem.is_valid.empty() || problem.is_valid[static_cast<std::size_t>(b * problem.steps + key)] != 0;
    const auto segment = [&](std::int64_t t) {
        return problem.segments[static_cast<std::size_t>(b * problem.steps + t)];
    };
    return is_valid && problem.mask.sees(query, key) && (problem.segments.empty() || segment(query) == segment(key));
}

/// One query of one head: its place in the tensors and the weights it gives to every key.
struct Row {
    std::int64_t b, h, t;
    std::size_t q;                ///< offset in q, out and dq
    std::vector<double> weights;  ///< softmax over T keys, 0 where none is visible
    double lse = minus_infinity;
};

std::size_t key_offset(const Problem& problem, const Row& row, std::int64_t key) {
    const std::int64_t group = problem.shape.heads / problem.shape.kv_heads;
    return offset(problem, row.b, key, row.h / group, problem.shape.kv_heads);
}

Row softmax_row(const Problem& problem, std::int64_t b, std::int64_t h, std::int64_t t) {
    const std::int64_t D = problem.shape.head_dim;
    Row row{b, h, t, offset(problem, b, t, h, problem.shape.heads), {}};
    row.weights.assign(static_cast<std::size_t>(problem.steps), minus_infinity);
    double max = minus_infinity, sum = 0;
    for (std::int64_t key = 0; key < problem.steps; ++key) {
        if (!is_visible(problem, b, t, key)) continue;
        double& score = row.weights[static_cast<std::size_t>(key)];
        score = dot(&problem.q[row.q], &problem.k[key_offset(problem, row, key)], D) * softmax_scale(problem);
        max = std::max(max, score);
    }
    for (double& weight : row.weights) sum += weight = weight == minus_infinity ? 0.0 : std::exp(weight - max);
    if (sum == 0) return row;
    for (double& weight : row.weights) weight /= sum;
    row.lse = max + std::log(sum);
    return row;
}

template <class Visit>
void for_each_row(const Problem& problem, const Visit& visit) {
    expects(problem.shape.heads % problem.shape.kv_heads == 0, "kv_heads divides heads");
    for (std::int64_t b = 0; b < problem.shape.batch; ++b)
        for (std::int64_t h = 0; h < problem.shape.heads; ++h)
            for (std::int64_t t = 0; t < problem.steps; ++t) visit(softmax_row(problem, b, h, t));
}

}  // namespace

Output forward(const Problem& problem) {
    const std::int64_t D = problem.shape.head_dim;
    Output result{std::vector<double>(problem.q.size()), {}};
    for_each_row(problem, [&](const Row& row) {
        for (std::int64_t key = 0; key < problem.steps; ++key)
            add(row.weights[static_cast<std::size_t>(key)], &problem.v[key_offset(problem, row, key)],
                &result.out[row.q], D);
        result.lse.push_back(row.lse);  // rows come in the order of lse
    });
    return result;
}

Gradients backward(const Problem& problem, const std::vector<double>& out_gradient) {
    const std::int64_t D = problem.shape.head_dim;
    const double scale = softmax_scale(problem);
    Gradients result{std::vector<double>(problem.q.size()), std::vector<double>(problem.k.size()),
                     std::vector<double>(problem.v.size())};
    for_each_row(problem, [&](const Row& row) {
        const double* dout = &out_gradient[row.q];
        double mean = 0;  // sum over keys of weight * dweight: what softmax subtracts
        for (std::int64_t key = 0; key < problem.steps; ++key)
            mean +=
                row.weights[static_cast<std::size_t>(key)] * dot(dout, &problem.v[key_offset(problem, row, key)], D);
        for (std::int64_t key = 0; key < problem.steps; ++key) {
            const double weight = row.weights[static_cast<std::size_t>(key)];
            const std::size_t at = key_offset(problem, row, key);
            const double dscore = weight * (dot(dout, &problem.v[at], D) - mean) * scale;
            add(weight, dout, &result.dv[at], D);
            add(dscore, &problem.k[at], &result.dq[row.q], D);
            add(dscore, &problem.q[row.q], &result.dk[at], D);
        }
    });
    return result;
}

}  // namespace gridring::attention::reference
