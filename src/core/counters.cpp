// SPDX-License-Identifier: MIT
#include "gridring/core/counters.hpp"

#include <map>
#include <mutex>

namespace gridring {
namespace {

struct Family {
    CounterKind kind;
    std::string help;
    std::map<CounterLabels, Counter> members;  // nodes stay where they are
};

struct Registry {
    std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;
};

Registry& registry() {
    static auto* const all = new Registry;  // never destroyed: threads may count to the very end
    return *all;
}

}  // namespace

Counter& counter(std::string_view name, CounterKind kind, std::string_view help, const CounterLabels& labels) {
    auto& [mutex, families] = registry();
    const std::lock_guard lock(mutex);
    auto family = families.find(name);
    if (family == families.end())
        family = families.emplace(std::string(name), Family{kind, std::string(help), {}}).first;
    return family->second.members[labels];
}

std::vector<CounterReading> read_counters() {
    auto& [mutex, families] = registry();
    const std::lock_guard lock(mutex);
    std::vector<CounterReading> readings;
    for (const auto& [name, family] : families)
        for (const auto& [labels, member] : family.members)
            readings.push_back({name, family.help, family.kind, labels, member.value()});
    return readings;
}

}  // namespace gridring
