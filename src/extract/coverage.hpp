// SPDX-License-Identifier: MIT
#pragma once

#include <compare>
#include <map>
#include <string>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "journal.hpp"

namespace gridring::extract {

/// Which hours of which regions and items the windows tell of so far.
class Coverage {
public:
    explicit Coverage(const Options& options);

    /// `retrieved`: the hour in which it was. Later ones were not told of, whatever the window asked for; an update
    /// also takes those for missing that were too young then to be settled.
    void add(const source::Window& window, Hour retrieved);

    /// The stretches of a data set that no window told of, as few as there can be; those of `regions` alone.
    std::vector<source::Window> missing(const source::Route& route, const std::vector<std::string>& regions) const;

private:
    using Hours = std::vector<bool>;
    /// Stands for all items of data sets that are fetched whole.
    static constexpr const char* every_item = "";
    struct Key {
        const source::Route* route;
        std::string region, item;
        auto operator<=>(const Key&) const = default;
    };

    std::vector<std::string> items_of(const source::Route& route) const;

    const Options& options_;
    std::map<Key, Hours> covered_;
};

}  // namespace gridring::extract
