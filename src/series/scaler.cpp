// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gridring/core/error.hpp"
#include "gridring/series/dataset.hpp"

namespace gridring::series {
namespace {

constexpr std::int64_t fewest_hours = 48;

struct Moments {
    std::int64_t n = 0;
    double mean = 0, squares = 0;  // sum of squared distances from the mean (Welford 1962)

    void add(double value) {
        const double before = value - mean;
        mean += before / static_cast<double>(++n);
        squares += before * (value - mean);
    }
    double deviation() const { return std::sqrt(squares / static_cast<double>(n)); }
};

}  // namespace

float Scaler::scale(std::int64_t region, double mw) const {
    const auto r = static_cast<std::size_t>(region);
    return static_cast<float>((mw - mean_mw[r]) / deviation_mw[r]);
}

double Scaler::unscale(std::int64_t region, double z) const {
    const auto r = static_cast<std::size_t>(region);
    return mean_mw[r] + z * deviation_mw[r];
}

Scaler fit_scaler(const Dataset& data, std::int64_t begin, std::int64_t end) {
    Scaler scaler;
    for (std::int64_t region = 0; region < std::ssize(data.regions); ++region) {
        Moments moments;
        for (std::int64_t hour = std::max<std::int64_t>(begin, 0); hour < std::min(end, data.hours); ++hour)
            if (data.valid(region, hour)) moments.add(data.mw(region, hour));
        const auto where = [&] {
            return fmt::format("{} from {} up to {}", data.regions[static_cast<std::size_t>(region)],
                               to_string(data.hour_at(begin)), to_string(data.hour_at(end)));
        };
        if (moments.n < fewest_hours)
            throw DataError(
                fmt::format("scaling needs {} valid hours of demand, found {} for {}; extract or choose a longer span",
                            fewest_hours, moments.n, where()));
        if (!(moments.deviation() > 0)) throw DataError(fmt::format("the demand of {} never changes", where()));
        scaler.mean_mw.push_back(moments.mean);
        scaler.deviation_mw.push_back(moments.deviation());
    }
    return scaler;
}

}  // namespace gridring::series
