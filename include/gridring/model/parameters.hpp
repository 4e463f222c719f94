// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/large_pages.hpp"
#include "gridring/math/matrix.hpp"
#include "gridring/math/thread_team.hpp"

namespace gridring::model {

/// A named view into the flat buffer.
struct ParameterView {
    std::string name;  ///< "layers.0.attention.query.weight"
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, size = 0;
    bool is_decayed = true;  ///< weight decay applies (matrices yes, gains and biases no)
};

/// A buffer in the layout of the parameters that gradients are added to: the gradients themselves, or one thread's part
/// of them.
class GradientSum {
public:
    GradientSum(std::span<float> flat, const std::vector<ParameterView>& views) : flat_(flat), views_(&views) {}
    std::span<float> of(std::size_t view) const;
    math::MatrixView matrix(std::size_t view) const;  ///< of a view with two dimensions

private:
    std::span<float> flat_;
    const std::vector<ParameterView>* views_;
};

/// All parameters of a model in one flat fp32 buffer, gradients in its twin: the all-reduce is one call, AdamW one
/// loop, a checkpoint one dataset a view.
class Parameters {
public:
    /// Only before freeze(). Returns the index of the new view.
    std::size_t add(std::string name, std::vector<std::int64_t> shape, bool is_decayed);
    void freeze();  ///< allocates both buffers, zeroed

    std::span<float> values() { return values_; }
    std::span<const float> values() const { return values_; }
    std::span<float> gradients() { return gradients_; }
    std::span<const float> gradients() const { return gradients_; }
    const std::vector<ParameterView>& views() const { return views_; }
    std::int64_t size() const { return static_cast<std::int64_t>(values_.size()); }

    std::span<float> value(std::size_t view);
    std::span<const float> value(std::size_t view) const;
    std::span<float> gradient(std::size_t view);
    math::ConstMatrixView matrix(std::size_t view) const;  ///< of a view with two dimensions

    void clear_gradients(math::ThreadTeam& team);
    /// Where part 0 … parts-1 of a backward pass adds its gradients, all at the same time; part 0 adds to gradients().
    std::vector<GradientSum> divide_gradients(int parts);
    /// Adds what the other parts found to gradients(), in their order: the same bits for the same number of parts.
    void collect_gradients(math::ThreadTeam& team);

private:
    std::vector<ParameterView> views_;
    TensorMemory values_, gradients_;
    std::vector<TensorMemory> parts_;  ///< of threads but the first; zero between divide and collect
    std::int64_t total_ = 0;
};

}  // namespace gridring::model
