// SPDX-License-Identifier: MIT
#include "gridring/model/parameters.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "gridring/core/error.hpp"

namespace gridring::model {
namespace {

template <class Flat>
auto part(Flat& flat, const ParameterView& view) {
    return std::span(flat).subspan(static_cast<std::size_t>(view.offset), static_cast<std::size_t>(view.size));
}

/// Calls visit(first, count) for pieces of [0, size) that stay in the cache.
template <class Visit>
void for_each_piece(math::ThreadTeam& team, std::int64_t size, const Visit& visit) {
    constexpr std::int64_t piece = 1 << 14;
    team.run((size + piece - 1) / piece,
             [&](std::int64_t index, int) { visit(index * piece, std::min(piece, size - index * piece)); });
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

std::span<float> GradientSum::of(std::size_t view) const { return part(flat_, (*views_)[view]); }

math::MatrixView GradientSum::matrix(std::size_t view) const {
    const auto& shape = (*views_)[view].shape;
    expects(shape.size() == 2, "a parameter used as a matrix has two dimensions");
    return math::matrix(of(view).data(), shape[0], shape[1]);
}

void Parameters::clear_gradients(math::ThreadTeam& team) {
    for_each_piece(team, total_, [&](std::int64_t first, std::int64_t count) {
        std::fill_n(gradients_.data() + first, count, 0.0f);
    });
}

std::vector<GradientSum> Parameters::divide_gradients(int parts) {
    parts_.resize(static_cast<std::size_t>(parts - 1));
    std::vector<GradientSum> sums{{gradients_, views_}};
    for (auto& part : parts_) {
        if (part.size() != gradients_.size()) part.assign(gradients_.size(), 0.0f);
        sums.emplace_back(part, views_);
    }
    return sums;
}

void Parameters::collect_gradients(math::ThreadTeam& team) {
    if (parts_.empty()) return;
    for_each_piece(team, total_, [&](std::int64_t first, std::int64_t count) {
        float* sum = gradients_.data() + first;
        for (auto& part : parts_) {
            float* more = part.data() + first;
            for (std::int64_t i = 0; i < count; ++i) sum[i] += more[i];
            std::fill_n(more, count, 0.0f);  // for the next time, while it is in cache
        }
    });
}

}  // namespace gridring::model
