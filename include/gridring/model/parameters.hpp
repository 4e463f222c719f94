// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "gridring/core/large_pages.hpp"
#include "gridring/math/matrix.hpp"

namespace gridring::model {

/// A named view into the flat buffer.
struct ParameterView {
    std::string name;  ///< "layers.0.attention.query.weight"
    std::vector<std::int64_t> shape;
    std::int64_t offset = 0, size = 0;
    bool is_decayed = true;  ///< weight decay applies (matrices yes, gains and biases no)
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
    math::MatrixView gradient_matrix(std::size_t view);

private:
    std::vector<ParameterView> views_;
    TensorMemory values_, gradients_;
    std::int64_t total_ = 0;
};

}  // namespace gridring::model
