// SPDX-License-Identifier: MIT
#include "gridring/ring/key_value_cache.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <numeric>

#include "gridring/core/error.hpp"

namespace gridring::ring {
namespace {

using attention::ConstHeads;
using attention::Heads;
using Clock = std::chrono::steady_clock;

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();
constexpr std::int64_t smallest_capacity = 64;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

bool is_strictly_increasing(attention::Positions positions) {
    return std::ranges::adjacent_find(positions, std::greater_equal{}) == positions.end();
}

/// `tensor` [batch][old][width] becomes [batch][rows][width], what is new 0.
template <class T>
void stretch(std::vector<T>& tensor, std::int64_t batch, std::int64_t old, std::int64_t rows, std::int64_t width) {
    std::vector<T> larger(static_cast<std::size_t>(batch * rows * width));
    for (std::int64_t b = 0; b < batch; ++b)
        std::copy_n(tensor.begin() + b * old * width, old * width, larger.begin() + b * rows * width);
    tensor = std::move(larger);
}

/// What every rank found, as it was gathered: the output over this rank's keys alone, then its log-sum-exp.
struct Partials {
    std::span<const float> all;
    std::size_t ranks, out_size;

    std::size_t stride() const { return all.size() / ranks; }
    const float* out(std::size_t rank) const { return all.data() + rank * stride(); }
    const float* lse(std::size_t rank) const { return out(rank) + out_size; }
};

/// Merges one row in rank order. Weights and sums are fp64, so P roundings do not add up.
class RowMerge {
public:
    explicit RowMerge(std::int64_t head_dim) : sum_(static_cast<std::size_t>(head_dim)) {}

    /// `at` is the row's place in out, `row` in lse. Returns its log-sum-exp.
    float run(const Partials& partials, std::size_t at, std::size_t row, float* out) {
        double max = minus_infinity, total = 0;
        for (std::size_t rank = 0; rank < partials.ranks; ++rank)
            max = std::max(max, static_cast<double>(partials.lse(rank)[row]));
        std::ranges::fill(sum_, 0.0);
        for (std::size_t rank = 0; rank < partials.ranks; ++rank) {
            const double lse = partials.lse(rank)[row];
            if (lse == minus_infinity) continue;  // no key there; a NaN goes on and shows
            const double weight = std::exp(lse - max);
            total += weight;
            const float* part = partials.out(rank) + at;
            for (std::size_t d = 0; d < sum_.size(); ++d) sum_[d] += weight * static_cast<double>(part[d]);
        }
        for (std::size_t d = 0; d < sum_.size(); ++d) out[d] = total == 0 ? 0.0F : static_cast<float>(sum_[d] / total);
        return static_cast<float>(total == 0 ? minus_infinity : max + std::log(total));
    }

private:
    std::vector<double> sum_;
};

}  // namespace

KeyValueCache::KeyValueCache(const comm::Communicator& ring, const attention::Shape& shape, const Options& options)
    : ring_(ring), shape_(shape), options_(options), team_(options.threads) {
    expects(shape.batch > 0 && shape.head_dim > 0 && shape.kv_heads > 0 && shape.heads % shape.kv_heads == 0,
            "KeyValueCache: kv_heads divides heads");
}

std::size_t KeyValueCache::bytes() const { return (k_.size() + v_.size()) * sizeof(float); }

std::vector<std::int64_t> KeyValueCache::all_rows() const { return ring_.all_gather(rows()); }

void KeyValueCache::reserve(std::int64_t rows) {
    if (rows <= capacity_) return;
    const std::int64_t larger = std::max({rows, 2 * capacity_, smallest_capacity});
    const std::int64_t width = shape_.kv_heads * shape_.head_dim;
    stretch(k_, shape_.batch, capacity_, larger, width);
    stretch(v_, shape_.batch, capacity_, larger, width);
    stretch(is_valid_, shape_.batch, capacity_, larger, 1);
    capacity_ = larger;
}

void KeyValueCache::append(const ConstHeads& k, const ConstHeads& v, attention::Positions positions,
                           attention::KeyValidity validity) {
    const auto count = static_cast<std::int64_t>(positions.size());
    for (const auto& tensor : {k, v})
        expects(
            tensor.rows == count && (count == 0 || (tensor.batch == shape_.batch && tensor.heads == shape_.kv_heads &&
                                                    tensor.head_dim == shape_.head_dim)),
            "KeyValueCache::append: keys and values are batch x n x kv_heads x head_dim");
    if (count == 0) return;
    expects(is_strictly_increasing(positions) && (positions_.empty() || positions_.back() < positions.front()),
            "KeyValueCache::append: positions increase and lie behind those held");
    const std::int64_t stride = attention::validity_stride(count), width = shape_.kv_heads * shape_.head_dim;
    expects(validity.empty() || std::ssize(validity) == shape_.batch * stride,
            "KeyValueCache::append: one validity bit a key and sequence");

    const std::int64_t old = rows();
    reserve(old + count);
    for (std::int64_t b = 0; b < shape_.batch; ++b) {
        for (std::int64_t l = 0; l < count; ++l) {
            const std::int64_t at = b * capacity_ + old + l;
            std::copy_n(k.data + b * k.batch_stride + l * k.row_stride, width, k_.data() + at * width);
            std::copy_n(v.data + b * v.batch_stride + l * v.row_stride, width, v_.data() + at * width);
            const bool is_valid =
                validity.empty() || (validity[static_cast<std::size_t>(b * stride + l / 8)] >> (l % 8) & 1) != 0;
            is_valid_[static_cast<std::size_t>(at)] = is_valid;
            has_holes_ |= !is_valid;
        }
    }
    positions_.insert(positions_.end(), positions.begin(), positions.end());
}

void KeyValueCache::truncate(std::int64_t position) {
    positions_.erase(std::ranges::lower_bound(positions_, position), positions_.end());
}

ConstHeads KeyValueCache::view(const std::vector<float>& tensor) const {
    ConstHeads heads(tensor.data(), shape_.batch, rows(), shape_.kv_heads, shape_.head_dim);
    heads.batch_stride = capacity_ * heads.row_stride;
    return heads;
}

std::vector<std::uint8_t> KeyValueCache::packed_validity() const {
    if (!has_holes_) return {};
    const std::int64_t stride = attention::validity_stride(rows());
    std::vector<std::uint8_t> bits(static_cast<std::size_t>(shape_.batch * stride));
    for (std::int64_t b = 0; b < shape_.batch; ++b)
        for (std::int64_t l = 0; l < rows(); ++l) {
            auto& byte = bits[static_cast<std::size_t>(b * stride + l / 8)];
            const unsigned bit = is_valid_[static_cast<std::size_t>(b * capacity_ + l)];
            byte = static_cast<std::uint8_t>(byte | bit << (l % 8));
        }
    return bits;
}

void KeyValueCache::attend(const ConstHeads& q, attention::Positions positions, const Heads& out,
                           std::span<float> lse) {
    const auto count = static_cast<std::int64_t>(positions.size());
    const std::int64_t batch = shape_.batch, heads = shape_.heads, D = shape_.head_dim;
    if (count == 0) return;
    for (const auto& tensor : {q, ConstHeads(out)})
        expects(tensor.batch == batch && tensor.rows == count && tensor.heads == heads && tensor.head_dim == D,
                "KeyValueCache::attend: q and out are batch x T_new x heads x head_dim");
    expects(std::ssize(lse) == batch * heads * count, "KeyValueCache::attend: lse is batch x heads x T_new");
    expects(is_strictly_increasing(positions), "KeyValueCache::attend: positions increase");

    auto clock = Clock::now();
    const auto out_size = static_cast<std::size_t>(batch * count * heads * D);
    std::vector<float> mine(out_size + lse.size()), sums(lse.size());
    const std::span<float> my_lse = std::span(mine).subspan(out_size);
    const attention::SoftmaxState state{Heads(mine.data(), batch, count, heads, D), my_lse, sums};
    attention::reset(state, team_);
    if (rows() > 0)
        options_.backend->accumulate({q, positions, {}}, {view(k_), view(v_), positions_, packed_validity(), {}},
                                     {options_.mask, options_.scale}, state, team_);
    attention::finish(state, my_lse, team_);
    cost_.compute_seconds += seconds_since(clock);

    clock = Clock::now();
    const auto ranks = static_cast<std::size_t>(ring_.size());
    std::vector<float> all(mine.size() * ranks);
    ring_.all_gather(mine, all);
    cost_.exchange_seconds += seconds_since(clock);

    clock = Clock::now();
    const Partials partials{all, ranks, out_size};
    RowMerge merge(D);
    for (std::int64_t b = 0; b < batch; ++b)
        for (std::int64_t h = 0; h < heads; ++h)
            for (std::int64_t t = 0; t < count; ++t) {
                const auto at = static_cast<std::size_t>(((b * count + t) * heads + h) * D);
                const auto row = static_cast<std::size_t>((b * heads + h) * count + t);
                lse[row] = merge.run(partials, at, row, out.data + b * out.batch_stride + t * out.row_stride + h * D);
            }
    cost_.merge_seconds += seconds_since(clock);
    cost_.bytes_gathered += mine.size() * sizeof(float);
    ++cost_.calls;
}

KeyValueCache::Share KeyValueCache::share_of(std::span<const std::int64_t> held, std::int64_t new_rows, int rank) {
    expects(rank >= 0 && rank < std::ssize(held) && new_rows >= 0, "KeyValueCache::share_of: one count a rank");
    const auto missing = [&](std::int64_t level) {
        return std::accumulate(held.begin(), held.end(), std::int64_t{0}, [&](std::int64_t sum, std::int64_t rows) {
            return sum + std::max<std::int64_t>(0, level - rows);
        });
    };
    // The highest level to which the new hours fill up all ranks below it; the few that are left go one a rank.
    std::int64_t level = std::ranges::min(held), above = level + new_rows + 1;
    while (above - level > 1) {
        const std::int64_t middle = level + (above - level) / 2;
        (missing(middle) <= new_rows ? level : above) = middle;
    }
    std::int64_t left = new_rows - missing(level);
    Share share;
    for (int r = 0; r <= rank; ++r) {
        const std::int64_t rows = held[static_cast<std::size_t>(r)];
        share.first += share.count;
        share.count = std::max<std::int64_t>(0, level - rows);
        if (rows <= level && left > 0) ++share.count, --left;
    }
    return share;
}

}  // namespace gridring::ring
