// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <vector>

namespace gridring::series {

/// The numbers of a window that slides, kept in order, so that a quantile is a look-up. A step costs one search and one
/// move of the numbers between the old place and the new. NaN is no number: it may come and go, and is not counted.
class SortedWindow {
public:
    explicit SortedWindow(std::size_t capacity) : sorted_(capacity) {}

    void insert(double value) {
        if (std::isnan(value)) return;
        assert(size_ < sorted_.size());
        double* const at = sorted_.data() + rank(value);
        std::copy_backward(at, sorted_.data() + size_, sorted_.data() + size_ + 1);
        *at = value;
        ++size_;
    }

    void erase(double value) {
        if (std::isnan(value) || size_ == 0) return;
        double* const at = sorted_.data() + rank(value);
        std::copy(at + 1, sorted_.data() + size_, at);
        --size_;
    }

    void replace(double old_value, double value) {
        if (std::isnan(old_value)) return insert(value);
        if (std::isnan(value)) return erase(old_value);
        double *const from = sorted_.data() + rank(old_value), *const to = sorted_.data() + rank(value);
        if (to > from) {
            std::copy(from + 1, to, from);
            *(to - 1) = value;
        } else {
            std::copy_backward(to, from, from + 1);
            *to = value;
        }
    }

    std::size_t size() const { return size_; }

    /// Linear between the two nearest ranks; NaN of an empty window.
    double quantile(double q) const {
        if (size_ == 0) return std::numeric_limits<double>::quiet_NaN();
        const double place = q * static_cast<double>(size_ - 1);
        const auto below = static_cast<std::size_t>(place);
        const double low = sorted_[below], high = sorted_[std::min(below + 1, size_ - 1)];
        return low + (high - low) * (place - static_cast<double>(below));
    }
    double median() const { return quantile(.5); }
    double interquartile_range() const { return quantile(.75) - quantile(.25); }

private:
    /// How many are below `value`; without branches, since no predictor learns where the next one falls.
    std::size_t rank(double value) const {
        const double* base = sorted_.data();
        for (std::size_t left = size_; left > 0;) {
            const std::size_t half = (left + 1) / 2;
            base += base[half - 1] < value ? half : 0;
            left -= half;
        }
        return static_cast<std::size_t>(base - sorted_.data());
    }

    std::vector<double> sorted_;
    std::size_t size_ = 0;
};

/// `statistic(window)` of the hours [t - half, t + half) around every hour t, as many of them as there are.
template <class Statistic>
std::vector<double> around_every_hour(std::span<const double> values, std::size_t half, const Statistic& statistic) {
    SortedWindow window(2 * half);
    std::vector<double> found(values.size());
    for (std::size_t t = 0; t < std::min(half - 1, values.size()); ++t) window.insert(values[t]);
    for (std::size_t t = 0; t < values.size(); ++t) {
        const bool is_longer = t + half <= values.size(), is_shorter = t > half;
        if (is_longer && is_shorter)
            window.replace(values[t - half - 1], values[t + half - 1]);
        else if (is_longer)
            window.insert(values[t + half - 1]);
        else if (is_shorter)
            window.erase(values[t - half - 1]);
        found[t] = statistic(window);
    }
    return found;
}

}  // namespace gridring::series
