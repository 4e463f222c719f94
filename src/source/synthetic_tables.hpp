// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <string_view>

#include "gridring/core/random.hpp"
#include "gridring/source/grid.hpp"

/// What the synthetic grid has on routes beyond region-data: drawn from the seed and the hour, and tied to the hour's
/// quantities in the grid. Nothing is kept.
namespace gridring::source {

/// Net generation by fuel: the fuels of an hour add up to NG, to the megawatt. Batteries of CISO and ERCO appear in
/// November 2024.
std::shared_ptr<const GridTable> synthetic_fuel_table(const Grid& grid, std::uint64_t seed);
/// Exports to each neighbour: they add up to TI, and what A sends to B is what B does not send to A.
std::shared_ptr<const GridTable> synthetic_interchange_table(const Grid& grid, std::uint64_t seed);
/// Demand of parts of CISO, ERCO, MISO and SWPP: they add up to D.
std::shared_ptr<const GridTable> synthetic_sub_area_table(const Grid& grid, std::uint64_t seed);

/// The API has no fuel, neighbour or sub-area before.
Hour first_hour_of_details();

/// A series that has a row wherever a quantity of the grid has one, from some hour on.
struct SyntheticSource {
    std::size_t respondent, quantity;  ///< indices in the grid
    Hour begin;
};
struct SyntheticSeries {
    GridColumn column;
    SyntheticSource source;
    std::size_t part;  ///< which of the kinds that the table tells apart
};

class SyntheticTable : public GridTable {
public:
    /// `series` in any order.
    SyntheticTable(std::string_view route, std::vector<SyntheticSeries> series);
    bool has(const Grid& grid, std::size_t column, std::int64_t hour) const override;
    Hour first_hour(const Grid& grid) const override;

protected:
    const SyntheticSeries& series(std::size_t column) const { return series_[column]; }
    /// Of the quantity that `column` follows.
    double source_value(const Grid& grid, std::size_t column, std::int64_t hour) const;

private:
    struct Sorted {
        std::vector<SyntheticSeries> series;
    };
    SyntheticTable(std::string_view route, Sorted sorted);
    const std::vector<SyntheticSeries> series_;
};

/// Index of a respondent of the grid, and of a quantity of it. They must be there.
SyntheticSource follow(const Grid& grid, std::string_view respondent, std::string_view type, Hour begin);

/// Between -1 and 1, and the same for a seed and an hour whatever was asked before: random heights `step` hours apart
/// with straight lines between them.
inline double smooth_noise(std::uint64_t seed, std::int64_t hour, std::int64_t step) {
    const std::int64_t knot = hour / step;
    const auto height = [&](std::int64_t at) {
        return 2 * Random(mix_seed(seed, static_cast<std::uint64_t>(at))).uniform() - 1;
    };
    const double left = height(knot), share = static_cast<double>(hour % step) / static_cast<double>(step);
    return left + share * (height(knot + 1) - left);
}

}  // namespace gridring::source
