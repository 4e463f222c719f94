// SPDX-License-Identifier: MIT
#include "gridring/model/parameters.hpp"

#include <functional>
#include <numeric>

#include "gridring/core/error.hpp"

namespace gridring::model {
namespace {

template <class Flat>
auto part(Flat& flat, const ParameterView& view) {
    return std::span(flat).subspan(static_cast<std::size_t>(view.offset), static_cast<std::size_t>(view.size));
}

}  // namespace

std::size_t Parameters::add(std::string name, std::vector<std::int64_t> shape, bool is_decayed) {
    expects(values_.empty(), "Parameters::add after freeze");
    const std::int64_t size = std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>());
    views_.push_back({std::move(name), std::move(shape), total_, size, is_decayed});
    total_ += size;
    return views_.size() - 1;
}

void Parameters::freeze() {
    values_.assign(static_cast<std::size_t>(total_), 0.0f);
    gradients_.assign(static_cast<std::size_t>(total_), 0.0f);
}

std::span<float> Parameters::value(std::size_t view) { return part(values_, views_[view]); }

std::span<const float> Parameters::value(std::size_t view) const { return part(values_, views_[view]); }

std::span<float> Parameters::gradient(std::size_t view) { return part(gradients_, views_[view]); }

math::ConstMatrixView Parameters::matrix(std::size_t view) const {
    const auto& shape = views_[view].shape;
    expects(shape.size() == 2, "a parameter used as a matrix has two dimensions");
    return math::matrix(value(view).data(), shape[0], shape[1]);
}

math::MatrixView Parameters::gradient_matrix(std::size_t view) {
    const auto& shape = views_[view].shape;
    expects(shape.size() == 2, "a parameter used as a matrix has two dimensions");
    return math::matrix(gradient(view).data(), shape[0], shape[1]);
}

}  // namespace gridring::model
