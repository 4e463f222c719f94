// SPDX-License-Identifier: MIT
#include "gridring/model/energy_transformer.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <utility>

#include "gridring/core/error.hpp"
#include "gridring/core/large_pages.hpp"
#include "gridring/core/trace.hpp"
#include "model/attention_layer.hpp"
#include "model/dropout.hpp"
#include "model/feed_forward.hpp"
#include "model/lead_heads.hpp"
#include "model/linear.hpp"
#include "model/pinball.hpp"
#include "model/rotary.hpp"
#include "model/row_parts.hpp"
#include "model/squared.hpp"

namespace gridring::model {
namespace {

template <class Layer, class Work>
void traced(const char* name, Layer layer, const Work& work) {
    const trace::Span span("model", name, static_cast<std::int64_t>(layer));
    work();
}

void require(bool condition, const std::string& problem) {
    if (!condition) throw ConfigError("model: " + problem);
}

Options checked(const Options& options) {
    const auto positive = [](std::int64_t value, const char* key) {
        require(value >= 1, fmt::format("{} must be at least 1, found {}", key, value));
    };
    positive(options.layers, "layers");
    positive(options.width, "width");
    positive(options.heads, "heads");
    positive(options.kv_heads, "kv_heads");
    positive(options.feed_forward, "feed_forward");
    positive(options.head_width, "head_width");
    positive(options.head_layers, "head_layers");
    positive(options.horizon, "horizon");
    require(options.width % (2 * options.heads) == 0,
            fmt::format("width must be a multiple of 2 · heads = {}, found {}", 2 * options.heads, options.width));
    require(options.heads % options.kv_heads == 0,
            fmt::format("kv_heads must divide heads = {}, found {}", options.heads, options.kv_heads));
    const auto& ends = options.head_ends;
    require(std::ranges::is_sorted(ends, std::ranges::less_equal()) &&
                (ends.empty() || (ends.front() >= 1 && ends.back() < options.horizon)),
            fmt::format("head_ends must increase from 1 and stay below the horizon {}, found [{}]", options.horizon,
                        fmt::join(ends, ", ")));
    const auto& q = options.quantiles;
    require(std::ranges::is_sorted(q, std::ranges::less_equal()) && std::ranges::count(q, 0.5) == 1 && q.front() > 0 &&
                q.back() < 1,
            "quantiles must increase within (0, 1) and contain 0.5");
    require(options.dropout >= 0 && options.dropout < 0.9,
            fmt::format("dropout must lie in [0, 0.9), found {}", options.dropout));
    require(options.rope_base > 1, fmt::format("rope_base must exceed 1, found {}", options.rope_base));
    return options;
}

attention::Shape shape_of(const Options& options, std::int64_t batch) {
    return {batch, options.heads, options.kv_heads, options.width / options.heads};
}

/// One pre-norm block: attention, then feed-forward, each added to the stream.
struct Block {
    Block(Parameters& parameters, const std::string& name, const Options& options)
        : attention(parameters, name + ".attention", shape_of(options, 1)),
          feed_forward(parameters, name + ".feed_forward", options.width, options.feed_forward) {}

    AttentionLayer attention;
    FeedForward feed_forward;
    TensorMemory in, middle;  // the stream before each half
};

}  // namespace

struct EnergyTransformer::Implementation {
    Implementation(const Options& wanted, const InputWidths& inputs)
        : options(checked(wanted)),
          widths(inputs),
          dropout(options.dropout),
          rotary(options.width / options.heads, options.rope_base),
          embed(parameters, "embed", inputs.token, options.width, true) {
        for (std::int64_t i = 0; i < options.layers; ++i)
            blocks.emplace_back(parameters, fmt::format("layers.{}", i), options);
        heads.emplace(parameters, options, inputs.target);
        parameters.freeze();
    }

    math::MatrixView stream(TensorMemory& memory, const Batch& batch) const {
        memory.resize(static_cast<std::size_t>(batch.batch * batch.rows * options.width));
        return math::matrix(memory.data(), batch.batch * batch.rows, options.width);
    }
    /// Drops values of embedded rows [first, first + count), or the same ones of their gradients.
    void drop(const Batch& batch, math::MatrixView rows, std::int64_t first, std::int64_t count) const {
        if (!dropout.is_on() || batch.row_keys.empty()) return;
        for (std::int64_t row = first; row < first + count; ++row)
            dropout.apply(batch.row_keys[static_cast<std::size_t>(row)], rows.row(row), rows.cols);
    }
    math::ConstMatrixView tokens(const Batch& batch) const {
        return math::matrix(batch.token.data(), batch.batch * batch.rows, widths.token);
    }

    Options options;
    InputWidths widths;
    Parameters parameters;
    Dropout dropout;
    Rotary rotary;
    Linear embed;
    std::vector<Block> blocks;
    std::optional<LeadHeads> heads;
    AttentionScratch attention_scratch;
    FeedForwardScratch feed_forward_scratch;
    std::int64_t kept_bytes = most_kept_bytes;
    TensorMemory last, dstream;
    std::vector<float> quantiles, dquantiles;
    LinearBaseline baseline;
};

EnergyTransformer::EnergyTransformer(const Options& options, const InputWidths& widths, std::uint64_t seed)
    : self_(std::make_unique<Implementation>(options, widths)) {
    const double residual_gain = 1.0 / std::sqrt(2.0 * static_cast<double>(options.layers));
    auto& parameters = self_->parameters;
    self_->embed.initialise(parameters, seed);
    for (const Block& block : self_->blocks) {
        block.attention.initialise(parameters, seed, residual_gain);
        block.feed_forward.initialise(parameters, seed, residual_gain);
    }
    self_->heads->initialise(parameters, seed);
}

EnergyTransformer::~EnergyTransformer() = default;

const Options& EnergyTransformer::options() const { return self_->options; }
const InputWidths& EnergyTransformer::widths() const { return self_->widths; }
Parameters& EnergyTransformer::parameters() { return self_->parameters; }
const Parameters& EnergyTransformer::parameters() const { return self_->parameters; }
const LinearBaseline& EnergyTransformer::baseline() const { return self_->baseline; }
void EnergyTransformer::set_baseline(LinearBaseline baseline) { self_->baseline = std::move(baseline); }
attention::Shape EnergyTransformer::attention_shape(std::int64_t batch) const {
    return shape_of(self_->options, batch);
}

void EnergyTransformer::keep_at_most(std::int64_t bytes) { self_->kept_bytes = bytes; }

std::span<const float> EnergyTransformer::forward(const Batch& batch, ring::RingAttention& attention) {
    auto& self = *self_;
    expects(batch.rows == attention.rows() && attention_shape(batch.batch) == attention.shape(),
            "a batch has the shape of the ring attention it runs through");
    self.rotary.prepare(attention.positions());
    auto& team = attention.team();
    const auto embedded = self.stream(self.blocks.front().in, batch);
    traced("embedding", -1, [&] {
        for_each_chunk(team, embedded.rows, [&](std::size_t, std::int64_t first, std::int64_t rows) {
            self.embed.forward(self.parameters, self.tokens(batch).middle_rows(first, rows),
                               embedded.middle_rows(first, rows));
            self.drop(batch, embedded, first, rows);
        });
    });
    std::int64_t left = self.kept_bytes;
    for (std::size_t i = 0; i < self.blocks.size(); ++i) {
        Block& block = self.blocks[i];
        const auto in = self.stream(block.in, batch), middle = self.stream(block.middle, batch);
        const auto out = self.stream(i + 1 < self.blocks.size() ? self.blocks[i + 1].in : self.last, batch);
        traced("attention of layer", i, [&] {
            block.attention.forward(self.parameters, in, batch.key_is_valid, self.rotary, attention,
                                    self.attention_scratch, middle);
        });
        const std::int64_t bytes = block.feed_forward.kept_bytes(middle.rows);
        const bool is_kept = bytes <= left;
        if (is_kept) left -= bytes;
        traced("feed-forward of layer", i, [&] {
            block.feed_forward.forward(self.parameters, middle, team, self.feed_forward_scratch, is_kept, out);
        });
    }
    traced("head", -1,
           [&] { self.heads->forward(self.parameters, self.stream(self.last, batch), batch, team, self.quantiles); });
    return self.quantiles;
}

std::span<const float> EnergyTransformer::append(const Batch& batch, KeyValueCaches& caches) {
    auto& self = *self_;
    expects(batch.batch == caches.batch(), "new hours of all sequences of the caches");
    std::vector<std::int64_t> positions(static_cast<std::size_t>(batch.rows));
    std::iota(positions.begin(), positions.end(), caches.hours());
    self.rotary.prepare(positions);
    const auto share = ring::KeyValueCache::share_of(caches.held_, batch.rows, caches.rank_);
    const auto in = self.stream(self.blocks.front().in, batch), middle = self.stream(self.blocks.front().middle, batch);
    self.embed.forward(self.parameters, self.tokens(batch), in);
    for (std::size_t i = 0; i < self.blocks.size(); ++i) {
        Block& block = self.blocks[i];
        block.attention.append(self.parameters, in, batch.key_is_valid, self.rotary, positions, share,
                               caches.layers_[i], self.attention_scratch, middle);
        block.feed_forward.forward(self.parameters, middle, caches.team(), self.feed_forward_scratch, false, in);
    }
    caches.count(batch.rows);
    self.heads->forward(self.parameters, in, batch, caches.team(), self.quantiles);
    return self.quantiles;
}

std::vector<double> EnergyTransformer::attention_shares(const Batch& batch) {
    auto& self = *self_;
    const auto a_layer = static_cast<std::size_t>(self.options.heads * batch.rows);
    std::vector<double> shares(self.blocks.size() * a_layer);
    for (std::size_t i = 0; i < self.blocks.size(); ++i)
        self.blocks[i].attention.add_shares(batch.origins, batch.key_is_valid,
                                            std::span(shares).subspan(i * a_layer, a_layer));
    return shares;
}

EnergyTransformer::Loss EnergyTransformer::loss(const Batch& batch) const {
    const auto of = self_->options.objective == Objective::squared ? squared : pinball;
    return of(self_->options.quantiles, self_->quantiles, batch.actual, batch.weight);
}

void EnergyTransformer::backward(const Batch& batch, ring::RingAttention& attention, double scale) {
    auto& self = *self_;
    self.dquantiles.resize(self.quantiles.size());
    const auto gradient_of = self.options.objective == Objective::squared ? squared_gradient : pinball_gradient;
    gradient_of(self.options.quantiles, self.quantiles, batch.actual, batch.weight, scale, self.dquantiles);
    const auto dstream = self.stream(self.dstream, batch);
    auto& team = attention.team();
    const auto gradients = self.parameters.divide_gradients(team.size());
    traced("head", -1, [&] {
        self.heads->backward(self.parameters, gradients, self.stream(self.last, batch), batch, team, self.dquantiles,
                             dstream);
    });
    for (std::size_t i = self.blocks.size(); i-- > 0;) {
        Block& block = self.blocks[i];
        traced("feed-forward of layer", i, [&] {
            block.feed_forward.backward(self.parameters, gradients, self.stream(block.middle, batch), team,
                                        self.feed_forward_scratch, dstream);
        });
        traced("attention of layer", i, [&] {
            block.attention.backward(self.parameters, gradients, self.stream(block.in, batch), self.rotary, attention,
                                     self.attention_scratch, dstream);
        });
    }
    for_each_chunk(team, dstream.rows, [&](std::size_t part, std::int64_t first, std::int64_t rows) {
        self.drop(batch, dstream, first, rows);
        self.embed.backward_weight(gradients[part], self.tokens(batch).middle_rows(first, rows),
                                   dstream.middle_rows(first, rows));
    });
    self.parameters.collect_gradients(team);
}

}  // namespace gridring::model
