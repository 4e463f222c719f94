// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gridring/source/bulk.hpp"

namespace gridring::source {

/// Gathers single values into stretches of one region and quantity, and hands them on before they take much memory.
class BulkGather {
public:
    struct Stretch {
        std::vector<Hour> hours;
        std::vector<double> values;
    };

    explicit BulkGather(const TakeStretch& take) : take_(take) {}

    /// The same object for the same pair, always. `quantity` must outlive the gathering.
    Stretch& of(std::string_view region, const BulkQuantity& quantity) {
        return stretches_[{std::string(region), &quantity}];
    }
    void add(Stretch& stretch, Hour hour, double value) {
        stretch.hours.push_back(hour);
        stretch.values.push_back(value);
        if (++values_ == most_values) flush();
    }
    void flush() {
        for (auto& [key, stretch] : stretches_) {
            if (!stretch.hours.empty()) take_({key.first, *key.second, stretch.hours, stretch.values});
            stretch = {};
        }
        values_ = 0;
    }

private:
    static constexpr std::size_t most_values = std::size_t{1} << 19;  // 8 MB

    const TakeStretch& take_;
    std::map<std::pair<std::string, const BulkQuantity*>, Stretch> stretches_;
    std::size_t values_ = 0;
};

}  // namespace gridring::source
