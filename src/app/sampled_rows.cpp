// SPDX-License-Identifier: MIT
#include "app/sampled_rows.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace gridring::app {
namespace {

constexpr std::int64_t piece = 512;  // keys at a time

/// A product in eight partial sums, which the compiler may keep in one vector.
template <class A, class B>
double dot(const A* a, const B* b, std::int64_t size) {
    std::array<double, 8> sums{};
    std::int64_t i = 0;
    for (; i + 8 <= size; i += 8)
        for (std::size_t lane = 0; lane < 8; ++lane)
            sums[lane] += static_cast<double>(a[i + static_cast<std::int64_t>(lane)]) *
                          static_cast<double>(b[i + static_cast<std::int64_t>(lane)]);
    double total = 0;
    for (; i < size; ++i) total += static_cast<double>(a[i]) * static_cast<double>(b[i]);
    for (const double sum : sums) total += sum;
    return total;
}

template <class T>
void add_scaled(double factor, const T* x, double* sum, std::int64_t size) {
    for (std::int64_t i = 0; i < size; ++i) sum[i] += factor * static_cast<double>(x[i]);
}

std::vector<double> hashed(Input input, std::int64_t position, std::int64_t width) {
    std::vector<float> row(static_cast<std::size_t>(width));
    hash_row(input, position, row);
    return {row.begin(), row.end()};
}

/// Running sums of one query and head, all relative to exp(top).
struct Running {
    explicit Running(std::int64_t dim)
        : v(static_cast<std::size_t>(dim)), k(static_cast<std::size_t>(dim)), dp_k(static_cast<std::size_t>(dim)) {}
    double top = -std::numeric_limits<double>::infinity(), total = 0;
    std::vector<double> v, k, dp_k;  ///< sums of w v, w k and w (dout·v) k

    void raise_to(double score) {
        if (score <= top) return;
        const double decay = std::exp(top - score);
        total *= decay;
        for (auto* sums : {&v, &k, &dp_k})
            for (double& sum : *sums) sum *= decay;
        top = score;
    }
};

/// The first of its keys and the one behind the last: what a mask lets a query see is one run.
std::pair<std::int64_t, std::int64_t> keys_of(const attention::Mask& mask, std::int64_t query, std::int64_t steps) {
    const std::int64_t reach = mask.window == 0 ? steps : std::min(mask.window, steps);
    return {std::max<std::int64_t>(0, query - reach + 1), mask.is_causal ? query + 1 : std::min(steps, query + reach)};
}

struct SampledQuery {
    std::int64_t first, end;
    std::vector<double> q, out_gradient;
    std::vector<Running> heads;
};

/// Folds the keys [begin, end) into every query that sees them.
void fold(std::vector<SampledQuery>& queries, const attention::Shape& shape, double scale, bool has_gradient,
          std::int64_t begin, std::int64_t end) {
    const std::int64_t D = shape.head_dim, width = shape.kv_heads * D, per_group = shape.heads / shape.kv_heads;
    std::vector<float> k(static_cast<std::size_t>((end - begin) * width)), v(k.size());
    for (std::int64_t t = begin; t < end; ++t) {
        hash_row(Input::k, t, {k.data() + (t - begin) * width, static_cast<std::size_t>(width)});
        hash_row(Input::v, t, {v.data() + (t - begin) * width, static_cast<std::size_t>(width)});
    }
    std::vector<double> scores(static_cast<std::size_t>(end - begin));
    for (SampledQuery& query : queries) {
        const std::int64_t first = std::max(begin, query.first), last = std::min(end, query.end);
        for (std::int64_t h = 0; first < last && h < shape.heads; ++h) {
            const float *keys = k.data() + h / per_group * D, *values = v.data() + h / per_group * D;
            auto& running = query.heads[static_cast<std::size_t>(h)];
            for (std::int64_t t = first; t < last; ++t)
                scores[static_cast<std::size_t>(t - begin)] =
                    scale * dot(query.q.data() + h * D, keys + (t - begin) * width, D);
            running.raise_to(*std::max_element(scores.begin() + (first - begin), scores.begin() + (last - begin)));
            for (std::int64_t t = first; t < last; ++t) {
                const float *key = keys + (t - begin) * width, *value = values + (t - begin) * width;
                const double weight = std::exp(scores[static_cast<std::size_t>(t - begin)] - running.top);
                running.total += weight;
                add_scaled(weight, value, running.v.data(), D);
                if (!has_gradient) continue;
                const double dp = dot(query.out_gradient.data() + h * D, value, D);
                add_scaled(weight, key, running.k.data(), D);
                add_scaled(weight * dp, key, running.dp_k.data(), D);
            }
        }
    }
}

}  // namespace

QueryRows dense_query_rows(const attention::Shape& shape, std::int64_t steps, const attention::Mask& mask, double scale,
                           std::span<const std::int64_t> positions, bool has_gradient) {
    const std::int64_t H = shape.heads, D = shape.head_dim;
    std::vector<SampledQuery> queries;
    for (const std::int64_t t : positions) {
        const auto [first, end] = keys_of(mask, t, steps);
        queries.push_back({first, end, hashed(Input::q, t, H * D), hashed(Input::out_gradient, t, H * D),
                           std::vector<Running>(static_cast<std::size_t>(H), Running(D))});
    }
    const auto is_seen = [&](std::int64_t begin) {
        return std::ranges::any_of(queries,
                                   [&](const auto& query) { return begin < query.end && begin + piece > query.first; });
    };
    for (std::int64_t begin = 0; begin < steps; begin += piece)
        if (is_seen(begin)) fold(queries, shape, scale, has_gradient, begin, std::min(begin + piece, steps));

    QueryRows rows;
    for (const SampledQuery& query : queries)
        for (std::int64_t h = 0; h < H; ++h) {
            const Running& running = query.heads[static_cast<std::size_t>(h)];
            rows.lse.push_back(running.top + std::log(running.total));
            for (const double sum : running.v) rows.out.push_back(sum / running.total);
            const double delta = dot(query.out_gradient.data() + h * D, running.v.data(), D) / running.total;
            for (std::size_t d = 0; d < running.k.size(); ++d)  // dq = scale sum of p (dp - delta) k
                rows.dq.push_back(scale * (running.dp_k[d] - delta * running.k[d]) / running.total);
        }
    return rows;
}

KeyRows dense_key_rows(HashedTensors& mine, const attention::Mask& mask, double scale,
                       std::span<const std::int64_t> positions) {
    const auto& shape = mine.shape();
    const std::int64_t H = shape.heads, D = shape.head_dim, key_width = shape.kv_heads * D, width = H * D;
    const std::size_t size = positions.size() * static_cast<std::size_t>(key_width);
    KeyRows rows{std::vector<double>(size), std::vector<double>(size)};
    std::vector<std::vector<double>> keys, values;
    for (const std::int64_t t : positions) {
        keys.push_back(hashed(Input::k, t, key_width));
        values.push_back(hashed(Input::v, t, key_width));
    }
    const float *q = mine.q().data, *out = mine.out().data, *out_gradient = mine.out_gradient().data;
    for (std::int64_t l = 0; l < mine.rows(); ++l) {
        const std::int64_t t = mine.positions()[static_cast<std::size_t>(l)];
        for (std::int64_t h = 0; h < H; ++h) {
            const std::int64_t at = l * width + h * D, group = h / (H / shape.kv_heads) * D;
            const double lse = mine.lse()[static_cast<std::size_t>(h * mine.rows() + l)];
            const double delta = dot(out + at, out_gradient + at, D);
            for (std::size_t i = 0; i < positions.size(); ++i) {
                if (!mask.sees(t, positions[i])) continue;
                const double weight = std::exp(scale * dot(q + at, keys[i].data() + group, D) - lse);
                const double ds = scale * weight * (dot(out_gradient + at, values[i].data() + group, D) - delta);
                const std::int64_t to = static_cast<std::int64_t>(i) * key_width + group;
                add_scaled(weight, out_gradient + at, rows.dv.data() + to, D);
                add_scaled(ds, q + at, rows.dk.data() + to, D);
            }
        }
    }
    return rows;
}

}  // namespace gridring::app
