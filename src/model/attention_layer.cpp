// SPDX-License-Identifier: MIT
#include "model/attention_layer.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "gridring/core/error.hpp"
#include "model/row_parts.hpp"

namespace gridring::model {
namespace {

/// The B·L x heads·head_dim matrix that a dense tensor is.
math::MatrixView flat(const attention::Heads& x) {
    expects(x.row_stride == x.heads * x.head_dim && x.batch_stride == x.rows * x.row_stride, "dense heads");
    return math::matrix(x.data, x.batch * x.rows, x.row_stride);
}

math::MatrixView sized(TensorMemory& memory, std::int64_t rows, std::int64_t cols) {
    memory.resize(static_cast<std::size_t>(rows * cols));
    return math::matrix(memory.data(), rows, cols);
}

/// Bits of rows [first, first + count) of every sequence, from one byte for each of its `rows`.
void mark_valid(const std::vector<std::uint8_t>& validity, std::int64_t rows, std::int64_t first, std::int64_t count,
                std::span<std::uint8_t> bits) {
    const std::int64_t stride = attention::validity_stride(count), batch = std::ssize(validity) / rows;
    std::ranges::fill(bits, std::uint8_t{0});
    for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t l = 0; l < count; ++l)
            if (validity[static_cast<std::size_t>(b * rows + first + l)] != 0) {
                auto& byte = bits[static_cast<std::size_t>(b * stride + l / 8)];
                byte = static_cast<std::uint8_t>(byte | (1u << (l % 8)));
            }
}

}  // namespace

AttentionLayer::AttentionLayer(Parameters& parameters, const std::string& name, const attention::Shape& shape)
    : norm_(parameters, name + ".norm", shape.heads * shape.head_dim),
      query_(parameters, name + ".query", shape.heads * shape.head_dim, shape.heads * shape.head_dim),
      key_(parameters, name + ".key", shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim),
      value_(parameters, name + ".value", shape.heads * shape.head_dim, shape.kv_heads * shape.head_dim),
      out_(parameters, name + ".out", shape.heads * shape.head_dim, shape.heads * shape.head_dim),
      shape_(shape) {}

void AttentionLayer::initialise(Parameters& parameters, std::uint64_t seed, double residual_gain) const {
    norm_.initialise(parameters);
    for (const Linear* projection : {&query_, &key_, &value_}) projection->initialise(parameters, seed);
    out_.initialise(parameters, seed, residual_gain);
}

void AttentionLayer::adopt(const ring::RingAttention& ring) {
    if (block_ && shape_ == ring.shape() && ring.fits(*block_)) return;
    shape_ = ring.shape();
    block_.reset();  // freeing and making blocks is collective where ranks share them
    block_.emplace(ring.make_block());
    const std::int64_t rows = shape_.batch * ring.rows();
    q_.resize(static_cast<std::size_t>(rows * shape_.heads * shape_.head_dim));
    mixed_.resize(q_.size());
    lse_.resize(static_cast<std::size_t>(rows * shape_.heads));
}

void AttentionLayer::project(const Parameters& parameters, math::ConstMatrixView x, const Rotary& rotary,
                             math::ThreadTeam& team, AttentionScratch& scratch, const Projected& to) const {
    run_all(
        team, [&] { scratch.query.pack(parameters.matrix(query_.weight)); },
        [&] { scratch.out.pack(parameters.matrix(out_.weight)); },
        [&] { scratch.key.pack(parameters.matrix(key_.weight)); },
        [&] { scratch.value.pack(parameters.matrix(value_.weight)); });
    scratch.normed.resize(static_cast<std::size_t>(team.size()));
    const auto q = flat(to.q), k = flat(to.k), v = flat(to.v);
    for_each_chunk(team, x.rows, [&](std::size_t part, std::int64_t first, std::int64_t rows) {
        const auto normed = sized(scratch.normed[part], rows, x.cols);
        norm_.forward(parameters, x.middle_rows(first, rows), normed);
        math::multiply(normed, scratch.query, q.middle_rows(first, rows));
        math::multiply(normed, scratch.key, k.middle_rows(first, rows));
        math::multiply(normed, scratch.value, v.middle_rows(first, rows));
        rotary.rotate(to.q, first, rows);
        rotary.rotate(to.k, first, rows);
    });
}

/// y = x + mixed Wo, with the weights that project() packed.
void AttentionLayer::add_out(math::ConstMatrixView x, math::ConstMatrixView mixed, math::ThreadTeam& team,
                             AttentionScratch& scratch, math::MatrixView y) const {
    for_each_chunk(team, x.rows, [&](std::size_t, std::int64_t first, std::int64_t rows) {
        std::copy_n(x.row(first), rows * x.cols, y.row(first));
        math::multiply(mixed.middle_rows(first, rows), scratch.out, y.middle_rows(first, rows), math::Update::add);
    });
}

void AttentionLayer::forward(const Parameters& parameters, math::ConstMatrixView x,
                             const std::vector<std::uint8_t>& validity, const Rotary& rotary, ring::RingAttention& ring,
                             AttentionScratch& scratch, math::MatrixView y) {
    adopt(ring);
    const attention::Heads q(q_.data(), shape_.batch, ring.rows(), shape_.heads, shape_.head_dim);
    const attention::Heads mixed(mixed_.data(), shape_.batch, ring.rows(), shape_.heads, shape_.head_dim);
    // Keys and values go straight into the memory that travels.
    project(parameters, x, rotary, ring.team(), scratch, {q, block_->k(), block_->v()});
    mark_valid(validity, block_->rows(), 0, block_->rows(), block_->validity());

    ring.forward(q, *block_, mixed, lse_);

    add_out(x, flat(mixed), ring.team(), scratch, y);
}

void AttentionLayer::append(const Parameters& parameters, math::ConstMatrixView x,
                            const std::vector<std::uint8_t>& validity, const Rotary& rotary,
                            attention::Positions positions, ring::KeyValueCache::Share share,
                            ring::KeyValueCache& cache, AttentionScratch& scratch, math::MatrixView y) const {
    const auto& [batch, heads, kv_heads, D] = cache.shape();
    const auto rows = std::ssize(positions);
    const auto tensor = [&](TensorMemory& memory, std::int64_t count) {
        return attention::Heads(sized(memory, batch * rows, count * D).data, batch, rows, count, D);
    };
    const auto q = tensor(scratch.new_q, heads), k = tensor(scratch.new_k, kv_heads),
               v = tensor(scratch.new_v, kv_heads), mixed = tensor(scratch.new_out, heads);
    project(parameters, x, rotary, cache.team(), scratch, {q, k, v});

    const auto of_share = [&](attention::ConstHeads all) {
        all.data += share.first * all.row_stride;
        all.rows = share.count;
        return all;
    };
    std::vector<std::uint8_t> bits(static_cast<std::size_t>(batch * attention::validity_stride(share.count)));
    mark_valid(validity, rows, share.first, share.count, bits);
    cache.append(of_share(k), of_share(v),
                 positions.subspan(static_cast<std::size_t>(share.first), static_cast<std::size_t>(share.count)), bits);
    scratch.new_lse.resize(static_cast<std::size_t>(batch * heads * rows));
    cache.attend(q, positions, mixed, scratch.new_lse);

    add_out(x, flat(mixed), cache.team(), scratch, y);
}

void AttentionLayer::backward(const Parameters& parameters, std::span<const GradientSum> gradients,
                              math::ConstMatrixView x, const Rotary& rotary, ring::RingAttention& ring,
                              AttentionScratch& scratch, math::MatrixView dx) {
    const std::int64_t key_width = shape_.kv_heads * shape_.head_dim;
    const auto heads = [&](float* data, std::int64_t count) {
        return attention::Heads(data, shape_.batch, ring.rows(), count, shape_.head_dim);
    };
    const auto q = heads(q_.data(), shape_.heads), mixed = heads(mixed_.data(), shape_.heads);
    const auto dmixed = heads(sized(scratch.dout, x.rows, x.cols).data, shape_.heads);
    const auto dq = heads(sized(scratch.dq, x.rows, x.cols).data, shape_.heads);
    const auto dk = heads(sized(scratch.dk, x.rows, key_width).data, shape_.kv_heads);
    const auto dv = heads(sized(scratch.dv, x.rows, key_width).data, shape_.kv_heads);

    auto& team = ring.team();
    run_all(
        team, [&] { scratch.out.pack_transposed(parameters.matrix(out_.weight)); },
        [&] { scratch.query.pack_transposed(parameters.matrix(query_.weight)); },
        [&] { scratch.key.pack_transposed(parameters.matrix(key_.weight)); },
        [&] { scratch.value.pack_transposed(parameters.matrix(value_.weight)); });
    for_each_chunk(team, x.rows, [&](std::size_t part, std::int64_t first, std::int64_t rows) {
        const auto dy = dx.middle_rows(first, rows);
        out_.backward_weight(gradients[part], flat(mixed).middle_rows(first, rows), dy);
        math::multiply(dy, scratch.out, flat(dmixed).middle_rows(first, rows));
    });
    ring.backward(q, *block_, mixed, lse_, dmixed, dq, dk, dv);
    backward_projections(parameters, gradients, x, {dq, dk, dv}, rotary, team, scratch, dx);
}

void AttentionLayer::backward_projections(const Parameters& parameters, std::span<const GradientSum> gradients,
                                          math::ConstMatrixView x, const Projected& d, const Rotary& rotary,
                                          math::ThreadTeam& team, AttentionScratch& scratch, math::MatrixView dx) {
    for (auto* chunks : {&scratch.normed, &scratch.dnormed}) chunks->resize(static_cast<std::size_t>(team.size()));
    for_each_chunk(team, x.rows, [&](std::size_t part, std::int64_t first, std::int64_t rows) {
        const auto in = x.middle_rows(first, rows);
        const auto normed = sized(scratch.normed[part], rows, x.cols),
                   dnormed = sized(scratch.dnormed[part], rows, x.cols);
        rotary.rotate_back(d.q, first, rows);
        rotary.rotate_back(d.k, first, rows);
        const auto dq = flat(d.q).middle_rows(first, rows), dk = flat(d.k).middle_rows(first, rows),
                   dv = flat(d.v).middle_rows(first, rows);
        norm_.forward(parameters, in, normed);
        query_.backward_weight(gradients[part], normed, dq);
        key_.backward_weight(gradients[part], normed, dk);
        value_.backward_weight(gradients[part], normed, dv);
        math::multiply(dq, scratch.query, dnormed);
        math::multiply(dk, scratch.key, dnormed, math::Update::add);
        math::multiply(dv, scratch.value, dnormed, math::Update::add);
        norm_.backward(parameters, gradients[part], in, dnormed, dx.middle_rows(first, rows));
    });
}

void AttentionLayer::add_shares(std::span<const std::int64_t> rows, const std::vector<std::uint8_t>& validity,
                                std::span<double> shares) {
    const std::int64_t L = block_->rows(), D = shape_.head_dim;
    const attention::ConstHeads q = attention::Heads(q_.data(), shape_.batch, L, shape_.heads, D), k = block_->k();
    const double scale = 1 / std::sqrt(static_cast<double>(D));
    std::vector<double> scores(static_cast<std::size_t>(L));
    for (const std::int64_t row : rows)
        for (std::int64_t h = 0; h < shape_.heads; ++h) {
            const std::int64_t b = row / L, at = row % L;
            const float* query = q.head(b, h).row(at);
            const auto keys = k.head(b, h / (shape_.heads / shape_.kv_heads));
            double most = -std::numeric_limits<double>::infinity(), sum = 0;
            for (std::int64_t key = 0; key <= at; ++key) {
                double& score = scores[static_cast<std::size_t>(key)];
                score = validity[static_cast<std::size_t>(b * L + key)] != 0
                            ? scale * std::inner_product(query, query + D, keys.row(key), 0.0)
                            : -std::numeric_limits<double>::infinity();
                most = std::max(most, score);
            }
            if (std::isinf(most)) continue;  // sees no key
            for (std::int64_t key = 0; key <= at; ++key)
                sum += scores[static_cast<std::size_t>(key)] = std::exp(scores[static_cast<std::size_t>(key)] - most);
            for (std::int64_t key = 0; key <= at; ++key)
                shares[static_cast<std::size_t>(h * L + at - key)] += scores[static_cast<std::size_t>(key)] / sum;
        }
}

}  // namespace gridring::model
