// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace gridring {

/// A number that tells whoever looks on how the work of this process goes (observe/metrics.hpp). Any thread may write.
class Counter {
public:
    void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
    void set(double to) { value_.store(to, std::memory_order_relaxed); }
    double value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

/// `total` only grows and has a name that ends in _total, `gauge` goes up and down.
enum class CounterKind { total, gauge };
using CounterLabels = std::vector<std::pair<std::string, std::string>>;

/// The one of this name and labels, which lives as long as the process; made, with value 0, when it is first asked for.
/// Names and units follow Prometheus: gridring_<part>_<what>_<unit>, seconds and bytes.
Counter& counter(std::string_view name, CounterKind kind, std::string_view help, const CounterLabels& labels = {});

struct CounterReading {
    std::string name, help;
    CounterKind kind = CounterKind::gauge;
    CounterLabels labels;
    double value = 0;
};
/// All there are, those of one name together.
std::vector<CounterReading> read_counters();

}  // namespace gridring
