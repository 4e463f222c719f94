// SPDX-License-Identifier: MIT
#include "train/baseline_fit.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <sstream>
#include <string>
#include <utility>

#include "gridring/comm/work_on_root.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/math/matrix.hpp"
#include "gridring/math/owned_matrix.hpp"
#include "gridring/series/history.hpp"

namespace gridring::train {
namespace {

constexpr std::int64_t rows_a_block = 1024, first_range = 24, quarters = 4;
constexpr std::array penalties{0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.8, 1.6};
constexpr const char* all_regions = "baseline";

using Matrix = math::OwnedMatrix;

/// Leads first … last, which share their origins.
struct Range {
    std::int64_t first, last;
    std::int64_t count() const { return last - first + 1; }
};

/// 1-24, 25-48, 49-96, … up to the horizon, the furthest first.
std::vector<Range> ranges_of(std::int64_t horizon) {
    std::vector<Range> ranges;
    for (std::int64_t first = 1, last = first_range; first <= horizon; first = last + 1, last *= 2)
        ranges.push_back({first, std::min(last, horizon)});
    std::ranges::reverse(ranges);
    return ranges;
}

/// Sums over origins: of their inputs with each other, and with the targets of the range at hand.
struct Sums {
    Sums(std::int64_t hours, const Range& range) : gram(hours, hours), cross(hours, range.count()) {}
    void start(const Range& range) { cross = Matrix(gram.rows, range.count()); }
    void add(const Sums& other, float times = 1.0f) {
        for (const auto matrix : {&Sums::gram, &Sums::cross})
            std::ranges::transform((this->*matrix).values, (other.*matrix).values, (this->*matrix).values.begin(),
                                   [times](float a, float b) { return a + times * b; });
        squares += static_cast<double>(times) * other.squares;
    }

    Matrix gram, cross;
    double squares = 0;  ///< of all inputs
};

/// Weights [hours][leads] of the range.
Matrix solved(const Sums& sums, double penalty) {
    Matrix weights(sums.gram.rows, sums.cross.cols);
    math::solve_regularised(sums.gram.view(), penalty * sums.squares / static_cast<double>(sums.gram.rows),
                            sums.cross.view(), weights.view());
    return weights;
}

/// Squared errors of the weights on the origins of `sums`, less the squares of the targets.
double error_of(const Matrix& weights, const Sums& sums) {
    Matrix product(weights.rows, weights.cols);
    math::multiply(sums.gram.view(), weights.view(), product.view());
    double error = 0;
    for (std::size_t i = 0; i < product.values.size(); ++i)
        error += static_cast<double>(weights.values[i]) *
                 (static_cast<double>(product.values[i]) - 2 * static_cast<double>(sums.cross.values[i]));
    return error;
}

class Fit {
public:
    Fit(const series::Dataset& data, std::int64_t train_end, std::int64_t horizon, const Options& options)
        : data_(data),
          history_(data, options.features.units, options.features.look_back),
          options_(options.baseline),
          train_end_(train_end) {
        result_.hours = options_.hours, result_.horizon = horizon;
        if (options_.own > 0) result_.regions = data.regions;
        result_.weights.resize((1 + result_.regions.size()) * static_cast<std::size_t>(horizon * options_.hours));
        for (std::int64_t region = 0; region < std::ssize(data.regions); ++region)
            deviation_.push_back(history_.deviation(region, train_end));
    }

    model::LinearBaseline run() {
        const std::int64_t first = options_.hours - 1, shared = train_end_ - result_.horizon - first;
        if (shared < quarters)
            throw DataError(
                fmt::format("a ridge of {} hours needs more than {} training hours, found {}. Mend: a lower "
                            "train.baseline.hours or model.horizon, or more hours",
                            options_.hours, options_.hours + result_.horizon, train_end_));
        const auto ranges = ranges_of(result_.horizon);
        std::vector<Sums> regions(data_.regions.size(), Sums(options_.hours, ranges.front()));
        std::vector<Sums> parts(quarters, Sums(options_.hours, ranges.front()));
        std::int64_t summed = first;  // origins before it are in the grams
        for (const Range& range : ranges) {
            for (auto* all : {&regions, &parts})
                for (Sums& sums : *all) sums.start(range);
            const std::int64_t end = train_end_ - range.last;
            for (std::size_t region = 0; region < regions.size(); ++region)
                for (std::int64_t quarter = 0; quarter < quarters; ++quarter) {
                    const HourSpan part{first + shared * quarter / quarters,
                                        quarter + 1 < quarters ? first + shared * (quarter + 1) / quarters : end};
                    const Sums sums = sum_up(static_cast<std::int64_t>(region), part, summed, range);
                    regions[region].add(sums);
                    parts[static_cast<std::size_t>(quarter)].add(sums);
                }
            summed = end;
            solve(regions, parts, range);
        }
        return std::move(result_);
    }

private:
    /// Of the origins of a region; those before `summed` have their inputs in the gram already.
    Sums sum_up(std::int64_t region, HourSpan origins, std::int64_t summed, const Range& range) const {
        Sums sums(options_.hours, range);
        Matrix inputs(rows_a_block, options_.hours), targets(rows_a_block, range.count());
        for (std::int64_t begin = origins.begin, end = 0; begin < origins.end; begin = end) {
            end = std::min(begin + rows_a_block, begin < summed ? std::min(summed, origins.end) : origins.end);
            for (std::int64_t origin = begin; origin < end; ++origin)
                fill(region, origin, range, inputs.view().row(origin - begin), targets.view().row(origin - begin));
            const auto used = std::as_const(inputs).view().middle_rows(0, end - begin);
            math::multiply_tn(used, std::as_const(targets).view().middle_rows(0, end - begin), sums.cross.view(),
                              math::Update::add);
            if (begin < summed) continue;
            math::multiply_tn(used, used, sums.gram.view(), math::Update::add);
            for (std::int64_t row = 0; row < used.rows; ++row)
                for (std::int64_t i = 0; i < used.cols; ++i)
                    sums.squares += static_cast<double>(used.row(row)[i]) * static_cast<double>(used.row(row)[i]);
        }
        return sums;
    }

    /// Window and targets less the mean of the window, in shares of the region's deviation.
    void fill(std::int64_t region, std::int64_t origin, const Range& range, float* input, float* target) const {
        const auto share =
            static_cast<float>(history_.unit(region, origin) / deviation_[static_cast<std::size_t>(region)]);
        double sum = 0;
        for (std::int64_t i = 0; i < options_.hours; ++i) {
            input[i] = history_.relative(region, origin, origin - options_.hours + 1 + i);
            sum += static_cast<double>(input[i]);
        }
        const auto mean = static_cast<float>(sum / static_cast<double>(options_.hours));
        for (std::int64_t i = 0; i < options_.hours; ++i) input[i] = share * (input[i] - mean);
        for (std::int64_t lead = range.first; lead <= range.last; ++lead)
            target[lead - range.first] = share * (history_.relative(region, origin, origin + lead) - mean);
    }

    void solve(const std::vector<Sums>& regions, const std::vector<Sums>& parts, const Range& range) {
        const double penalty = options_.penalty > 0 ? options_.penalty : chosen(parts, range);
        Sums all(options_.hours, range);
        for (const Sums& region : regions) all.add(region);
        keep(solved(all, penalty), 0, range);
        for (std::size_t region = 0; region < result_.regions.size(); ++region) {
            Sums own = all;  // own hours as often as makes them weigh what is asked, however many regions there are
            own.add(regions[region], static_cast<float>(options_.own * static_cast<double>(regions.size())));
            keep(solved(own, penalty), 1 + static_cast<std::int64_t>(region), range);
        }
    }

    /// The penalty with the least error on the quarters, each by the weights of the three others.
    double chosen(const std::vector<Sums>& parts, const Range& range) const {
        double best = penalties.back(), least = std::numeric_limits<double>::infinity();
        for (const double penalty : penalties) {
            double error = 0;
            for (std::size_t left_out = 0; left_out < parts.size(); ++left_out) {
                Sums others(options_.hours, range);
                for (std::size_t part = 0; part < parts.size(); ++part)
                    if (part != left_out) others.add(parts[part]);
                error += error_of(solved(others, penalty), parts[left_out]);
            }
            if (error < least) least = error, best = penalty;
        }
        log::info(fmt::format("baseline, {} to {} h ahead: penalty {}", range.first, range.last, best));
        return best;
    }

    void keep(const Matrix& weights, std::int64_t map, const Range& range) {
        for (std::int64_t lead = range.first; lead <= range.last; ++lead) {
            float* to = result_.weights.data() + (map * result_.horizon + lead - 1) * options_.hours;
            for (std::int64_t hour = 0; hour < options_.hours; ++hour)
                to[hour] = weights.view().row(hour)[lead - range.first];
        }
    }

    const series::Dataset& data_;
    const series::History history_;
    const BaselineOptions options_;
    const std::int64_t train_end_;
    std::vector<double> deviation_;
    model::LinearBaseline result_;
};

}  // namespace

model::LinearBaseline fit_baseline(const comm::Communicator& world, const series::Dataset& data, const Split& split,
                                   std::int64_t horizon, const Options& options) {
    model::LinearBaseline baseline;
    comm::work_on_root(world, [&] {
        log::info(fmt::format("fits the baseline, a ridge of {} hours", options.baseline.hours));
        baseline = Fit(data, split.train_end, horizon, options).run();
    });
    share(world, baseline);
    return baseline;
}

std::vector<store::NamedTensor> fixed_tensors(const model::LinearBaseline& baseline) {
    std::vector<store::NamedTensor> tensors;
    const auto size = baseline.horizon * baseline.hours;
    for (std::size_t map = 0; !baseline.empty() && map <= baseline.regions.size(); ++map) {
        const auto first = baseline.weights.begin() + static_cast<std::ptrdiff_t>(map) * size;
        tensors.push_back({map == 0 ? all_regions : fmt::format("{}.{}", all_regions, baseline.regions[map - 1]),
                           {baseline.horizon, baseline.hours},
                           {first, first + size}});
    }
    return tensors;
}

model::LinearBaseline to_baseline(const std::vector<store::NamedTensor>& tensors) {
    model::LinearBaseline baseline;
    const std::string prefix = std::string(all_regions) + ".";
    for (const bool is_own : {false, true})
        for (const auto& tensor : tensors) {
            if (is_own ? !tensor.name.starts_with(prefix) : tensor.name != all_regions) continue;
            if (is_own) baseline.regions.push_back(tensor.name.substr(prefix.size()));
            baseline.horizon = tensor.shape.at(0), baseline.hours = tensor.shape.at(1);
            baseline.weights.insert(baseline.weights.end(), tensor.values.begin(), tensor.values.end());
        }
    return baseline;
}

void share(const comm::Communicator& world, model::LinearBaseline& baseline) {
    std::array<std::int64_t, 2> sizes{baseline.hours, baseline.horizon};
    std::string regions = fmt::format("{}", fmt::join(baseline.regions, "\n"));
    world.broadcast(std::as_writable_bytes(std::span(sizes)));
    world.broadcast(regions);
    baseline.hours = sizes[0], baseline.horizon = sizes[1];
    baseline.regions.clear();
    std::istringstream lines(regions);
    for (std::string code; std::getline(lines, code);) baseline.regions.push_back(code);
    baseline.weights.resize((1 + baseline.regions.size()) * static_cast<std::size_t>(sizes[0] * sizes[1]));
    world.broadcast(std::as_writable_bytes(std::span(baseline.weights)));
}

}  // namespace gridring::train
