// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "gridring/core/error.hpp"
#include "gridring/forecast/forecaster.hpp"
#include "gridring/math/matrix.hpp"
#include "gridring/math/owned_matrix.hpp"

namespace gridring::forecast {
namespace {

constexpr std::array penalties{1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6};  // of hours in standard deviations
constexpr std::int64_t rows_a_block = 1024;

using Matrix = math::OwnedMatrix;

/// Sums over the origins of a region's training hours.
struct Sums {
    Sums(std::int64_t context, std::int64_t horizon) : gram(context, context), cross(context, horizon) {}
    Matrix gram, cross;   ///< inputs with inputs, inputs with targets
    double variance = 0;  ///< mean square of the inputs
};

/// Weights [context][horizon] of one region.
class RidgeModel {
public:
    RidgeModel(const series::Dataset& data, std::int64_t region, const LearningSpan& span, std::int64_t context,
               const std::vector<LeadRange>& ranges)
        : data_(data), region_(region), context_(context), horizon_(ranges.back().last), weights_(context, horizon_) {
        choose(sum_up(span), span, ranges);
    }

    void forecast(std::int64_t origin, std::span<float> out) const {
        const auto leads = static_cast<std::int64_t>(out.size());
        expects(leads <= horizon_, "no further than it was fitted for");
        std::vector<float> row(static_cast<std::size_t>(context_));
        const float level = fill(origin, row.data());
        const math::ConstMatrixView weights{weights_.values.data(), context_, leads, horizon_};
        math::multiply(math::matrix(std::as_const(row).data(), 1, context_), weights,
                       math::matrix(out.data(), 1, leads));
        for (float& value : out) value += level;
    }

private:
    /// The context less its mean, which it returns [MW].
    float fill(std::int64_t origin, float* row) const {
        double sum = 0;
        for (std::int64_t i = 0; i < context_; ++i) sum += row[i] = data_.filled(region_, origin - context_ + 1 + i);
        const auto level = static_cast<float>(sum / static_cast<double>(context_));
        for (std::int64_t i = 0; i < context_; ++i) row[i] -= level;
        return level;
    }

    /// Over every origin whose context and targets lie in the training hours.
    Sums sum_up(const LearningSpan& span) const {
        const std::int64_t first = span.train_begin + context_ - 1, end = span.train_end - horizon_;
        if (first >= end)
            throw DataError(
                fmt::format("ridge of {} hours of context needs more than {} training hours of {}, found {}", context_,
                            context_ + horizon_, data_.regions[static_cast<std::size_t>(region_)],
                            span.train_end - span.train_begin));
        Sums sums(context_, horizon_);
        Matrix inputs(rows_a_block, context_), targets(rows_a_block, horizon_);
        for (std::int64_t begin = first; begin < end; begin += rows_a_block) {
            const std::int64_t rows = std::min(rows_a_block, end - begin);
            for (std::int64_t r = 0; r < rows; ++r) {
                float* const input = inputs.view().row(r);
                const float level = fill(begin + r, input);
                for (std::int64_t h = 0; h < horizon_; ++h)
                    targets.view().row(r)[h] = data_.filled(region_, begin + r + 1 + h) - level;
                for (std::int64_t i = 0; i < context_; ++i)
                    sums.variance += static_cast<double>(input[i]) * static_cast<double>(input[i]);
            }
            const auto used = inputs.view().middle_rows(0, rows);
            math::multiply_tn(used, used, sums.gram.view(), math::Update::add);
            math::multiply_tn(used, targets.view().middle_rows(0, rows), sums.cross.view(), math::Update::add);
        }
        sums.variance /= static_cast<double>((end - first) * context_);
        return sums;
    }

    /// Mean absolute error by range of leads over the validation hours; NaN where there is none.
    std::vector<double> errors_of(const LearningSpan& span, const std::vector<LeadRange>& ranges) const {
        std::vector<double> sums(ranges.size()), counts(ranges.size());
        std::vector<float> out(static_cast<std::size_t>(horizon_));
        for (const std::int64_t origin :
             series::daily_origins(data_, region_, span.train_end, span.validation_end, span.origin_hour)) {
            forecast(origin, out);
            for (std::size_t range = 0; range < ranges.size(); ++range)
                for (std::int64_t lead = ranges[range].first; lead <= ranges[range].last; ++lead) {
                    const std::int64_t target = origin + lead;
                    if (target >= span.validation_end || !data_.valid(region_, target)) continue;
                    sums[range] += std::abs(static_cast<double>(out[static_cast<std::size_t>(lead - 1)]) -
                                            data_.mw(region_, target));
                    ++counts[range];
                }
        }
        std::ranges::transform(sums, counts, sums.begin(), std::divides<>());
        return sums;
    }

    /// The best penalty of each range of leads; the largest where there is nothing to choose by.
    void choose(const Sums& sums, const LearningSpan& span, const std::vector<LeadRange>& ranges) {
        std::vector<double> least(ranges.size(), std::numeric_limits<double>::infinity());
        Matrix best(context_, horizon_);
        for (const double penalty : penalties) {
            math::solve_regularised(sums.gram.view(), penalty * sums.variance, sums.cross.view(), weights_.view());
            const auto errors = errors_of(span, ranges);
            for (std::size_t range = 0; range < ranges.size(); ++range) {
                if (errors[range] > least[range]) continue;
                if (!std::isnan(errors[range])) least[range] = errors[range];
                for (std::int64_t i = 0; i < context_; ++i)
                    std::copy(weights_.view().row(i) + ranges[range].first - 1,
                              weights_.view().row(i) + ranges[range].last,
                              best.view().row(i) + ranges[range].first - 1);
            }
        }
        weights_ = std::move(best);
    }

    const series::Dataset& data_;
    const std::int64_t region_, context_, horizon_;
    Matrix weights_;
};

class Ridge final : public Forecaster {
public:
    Ridge(const series::Dataset& data, const LearningSpan& span, std::int64_t context,
          const std::vector<LeadRange>& ranges)
        : context_(context) {
        expects(!ranges.empty(), "some leads to forecast");
        for (std::int64_t region = 0; region < std::ssize(data.regions); ++region)
            models_.emplace_back(data, region, span, context, ranges);
    }
    std::string name() const override { return fmt::format("ridge-{}", context_); }
    void forecast(std::int64_t region, std::int64_t origin, std::span<float> out) const override {
        models_[static_cast<std::size_t>(region)].forecast(origin, out);
    }

private:
    const std::int64_t context_;
    std::vector<RidgeModel> models_;
};

}  // namespace

std::unique_ptr<Forecaster> fit_ridge(const series::Dataset& data, const LearningSpan& span, std::int64_t context,
                                      const std::vector<LeadRange>& ranges) {
    return std::make_unique<Ridge>(data, span, context, ranges);
}

}  // namespace gridring::forecast
