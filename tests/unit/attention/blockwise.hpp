// SPDX-License-Identifier: MIT
#pragma once

// A backend taken over a whole problem block by block, as a ring would, and what it gave put together again.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <vector>

#include "gridring/attention/block_kernel.hpp"
#include "gridring/attention/reference.hpp"
#include "support/attention_problem.hpp"

namespace gridring::test {

using Rows = std::vector<std::int64_t>;

/// Which positions each block of queries and each block of keys holds.
struct Split {
    std::vector<Rows> queries, keys;
};
inline Rows every(std::int64_t first, std::int64_t step, std::int64_t end) {
    Rows rows;
    for (std::int64_t t = first; t < end; t += step) rows.push_back(t);
    return rows;
}
inline std::vector<Rows> one_block(std::int64_t steps) { return {every(0, 1, steps)}; }
/// Three interleaved blocks of different sizes.
inline std::vector<Rows> interleaved(std::int64_t steps) {
    std::vector<Rows> blocks(3);
    for (std::int64_t t = 0; t < steps; ++t) blocks[static_cast<std::size_t>(t % 7 == 0 ? 0 : t % 2 + 1)].push_back(t);
    return blocks;
}
/// Runs of nearly equal length.
inline std::vector<Rows> contiguous(std::int64_t steps, std::int64_t parts) {
    std::vector<Rows> blocks;
    for (std::int64_t i = 0; i < parts; ++i) blocks.push_back(every(steps * i / parts, 1, steps * (i + 1) / parts));
    return blocks;
}
/// Each block an early run and the late one that balances it.
inline std::vector<Rows> zigzag(std::int64_t steps, std::int64_t parts) {
    auto runs = contiguous(steps, 2 * parts);
    for (std::size_t i = 0; i < static_cast<std::size_t>(parts); ++i)
        runs[i].insert(runs[i].end(), runs[runs.size() - 1 - i].begin(), runs[runs.size() - 1 - i].end());
    runs.resize(static_cast<std::size_t>(parts));
    return runs;
}
/// Queries and keys in the same blocks: tiles that are skipped, full and diagonal.
inline Split ring(const std::vector<Rows>& blocks) { return {blocks, blocks}; }

/// A tensor whose rows lie further apart than they are wide, with NaN between, as a slice of a wider tensor would be.
class Slice {
public:
    /// Zeros.
    Slice(std::int64_t batch, std::int64_t rows, std::int64_t heads, std::int64_t head_dim)
        : width_(heads * head_dim),
          values_(static_cast<std::size_t>(batch * rows * stride()), std::nanf("")),
          view_(values_.data(), batch, rows, heads, head_dim) {
        view_.row_stride = stride(), view_.batch_stride = rows * stride();
        for (std::int64_t row = 0; row < batch * rows; ++row) std::fill_n(at(row), width_, 0.0F);
    }
    /// The rows at `positions` of a dense one.
    Slice(const attention::Shape& shape, std::int64_t heads, const std::vector<double>& dense, const Rows& positions)
        : Slice(shape.batch, std::ssize(positions), heads, shape.head_dim) {
        const auto mine = rows_at(dense, shape.batch, width_, positions);
        for (std::int64_t row = 0; row < shape.batch * std::ssize(positions); ++row)
            std::copy_n(mine.data() + row * width_, width_, at(row));
    }
    Slice(const Slice&) = delete;
    Slice& operator=(const Slice&) = delete;

    const attention::Heads& view() const { return view_; }
    /// Puts the rows back where they belong in a dense tensor.
    void scatter(const Rows& positions, std::vector<float>& dense) {
        const std::int64_t rows = view_.rows, steps = static_cast<std::int64_t>(dense.size()) / (view_.batch * width_);
        for (std::int64_t b = 0; b < view_.batch; ++b)
            for (std::int64_t l = 0; l < rows; ++l)
                std::copy_n(at(b * rows + l), width_,
                            dense.data() + (b * steps + positions[static_cast<std::size_t>(l)]) * width_);
    }
    /// Nobody wrote between the rows.
    bool is_padding_intact() {
        for (std::int64_t row = 0; row < view_.batch * view_.rows; ++row)
            if (!std::all_of(at(row) + width_, at(row) + stride(), [](float x) { return std::isnan(x); })) return false;
        return true;
    }

private:
    std::int64_t stride() const { return width_ + 5; }
    float* at(std::int64_t row) { return values_.data() + row * stride(); }

    std::int64_t width_;
    std::vector<float> values_;
    attention::Heads view_;
};

struct KeyBlock {
    KeyBlock(const attention::reference::Problem& problem, const Rows& rows)
        : positions(rows),
          k(problem.shape, problem.shape.kv_heads, problem.k, rows),
          v(problem.shape, problem.shape.kv_heads, problem.v, rows),
          validity(static_cast<std::size_t>(problem.shape.batch * attention::validity_stride(std::ssize(rows)))),
          segments(columns_at(problem.segments, problem.segments.empty() ? 0 : problem.shape.batch, rows)) {
        set_validity(problem.is_valid, problem.shape.batch, positions, validity);
    }
    attention::KeyValueView view() const { return {k.view(), v.view(), positions, validity, segments}; }

    Rows positions;
    Slice k, v;
    std::vector<std::uint8_t> validity;
    std::vector<std::int32_t> segments;
};

struct QueryBlock {
    QueryBlock(const attention::reference::Problem& problem, const std::vector<double>& out_gradient, const Rows& rows)
        : positions(rows),
          q(problem.shape, problem.shape.heads, problem.q, rows),
          dout(problem.shape, problem.shape.heads, out_gradient, rows),
          out(problem.shape.batch, std::ssize(rows), problem.shape.heads, problem.shape.head_dim),
          dq(problem.shape.batch, std::ssize(rows), problem.shape.heads, problem.shape.head_dim),
          segments(columns_at(problem.segments, problem.segments.empty() ? 0 : problem.shape.batch, rows)),
          lse(static_cast<std::size_t>(problem.shape.batch * problem.shape.heads * std::ssize(rows))),
          delta(lse.size()) {}
    attention::QueryView view() const { return {q.view(), positions, segments}; }

    Rows positions;
    Slice q, dout, out, dq;
    std::vector<std::int32_t> segments;
    std::vector<float> lse, delta;
};

/// Of the whole problem, rows in the order of positions.
struct Result {
    std::vector<float> out, lse, dq, dk, dv;
    bool is_padding_intact = true;
    bool operator==(const Result&) const = default;
};

class Blockwise {
public:
    Blockwise(const attention::Backend& backend, const attention::reference::Problem& problem, int threads)
        : backend_(backend),
          problem_(problem),
          scoring_{problem.mask, static_cast<float>(problem.scale)},
          team_(threads) {}

    Result run(const std::vector<double>& out_gradient, const Split& split) {
        const auto size = [](const std::vector<double>& values) { return std::vector<float>(values.size()); };
        Result result{size(problem_.q), {}, size(problem_.q), size(problem_.k), size(problem_.v)};
        result.lse.resize(static_cast<std::size_t>(problem_.shape.batch * problem_.shape.heads * problem_.steps));
        std::vector<std::unique_ptr<QueryBlock>> queries;
        for (const Rows& rows : split.queries)
            forward(*queries.emplace_back(std::make_unique<QueryBlock>(problem_, out_gradient, rows)), split.keys);
        for (const Rows& rows : split.keys) backward(queries, KeyBlock(problem_, rows), result);
        for (const auto& block : queries) collect(*block, result);
        return result;
    }

private:
    void forward(QueryBlock& queries, const std::vector<Rows>& keys) {
        const attention::SoftmaxState state{queries.out.view(), queries.lse, queries.delta};  // in place
        attention::reset(state, team_);
        for (const Rows& rows : keys)
            backend_.accumulate(queries.view(), KeyBlock(problem_, rows).view(), scoring_, state, team_);
        attention::finish(state, queries.lse, team_);
        attention::row_delta(queries.out.view(), queries.dout.view(), queries.delta, team_);
    }
    void backward(const std::vector<std::unique_ptr<QueryBlock>>& queries, const KeyBlock& block, Result& result) {
        const auto& [batch, heads, kv_heads, D] = problem_.shape;
        Slice dk(batch, std::ssize(block.positions), kv_heads, D), dv(batch, std::ssize(block.positions), kv_heads, D);
        for (const auto& mine : queries)
            backend_.backward({mine->view(), mine->dout.view(), mine->lse, mine->delta, block.view(), mine->dq.view(),
                               dk.view(), dv.view()},
                              scoring_, team_);
        dk.scatter(block.positions, result.dk), dv.scatter(block.positions, result.dv);
        result.is_padding_intact &= dk.is_padding_intact() && dv.is_padding_intact();
    }
    void collect(QueryBlock& block, Result& result) {
        block.out.scatter(block.positions, result.out), block.dq.scatter(block.positions, result.dq);
        result.is_padding_intact &= block.out.is_padding_intact() && block.dq.is_padding_intact();
        const auto rows = block.positions.size();
        for (std::size_t i = 0; i < block.lse.size(); ++i)
            result.lse[i / rows * static_cast<std::size_t>(problem_.steps) +
                       static_cast<std::size_t>(block.positions[i % rows])] = block.lse[i];
    }

    const attention::Backend& backend_;
    const attention::reference::Problem& problem_;
    attention::Scoring scoring_;
    math::ThreadTeam team_;
};

}  // namespace gridring::test
