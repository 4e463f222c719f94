// SPDX-License-Identifier: MIT
#include "gridring/store/series_file.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/error.hpp"

namespace gridring::store {

const SeriesVariable& Series::variable(const std::string& name) const {
    const auto found = std::ranges::find(variables, name, &SeriesVariable::name);
    if (found != variables.end()) return *found;
    std::vector<std::string> names;
    std::ranges::transform(variables, std::back_inserter(names), &SeriesVariable::name);
    throw DataError(fmt::format("the series has no variable '{}'; it has: {}", name, fmt::join(names, ", ")));
}

std::int64_t Series::region_index(const std::string& code) const {
    const auto found = std::ranges::find(regions, code, &SeriesRegion::code);
    if (found != regions.end()) return found - regions.begin();
    std::vector<std::string> codes;
    std::ranges::transform(regions, std::back_inserter(codes), &SeriesRegion::code);
    throw DataError(fmt::format("the series has no region '{}'; it has: {}", code, fmt::join(codes, ", ")));
}

}  // namespace gridring::store
