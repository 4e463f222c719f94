// SPDX-License-Identifier: MIT
#include <algorithm>

#include "eia_route_tables.hpp"
#include "synthetic_tables.hpp"

namespace gridring::source {
namespace {

/// One sub-area's weight in the demand of its parent, and the last of the same parent, which takes the rounding.
struct Part {
    double weight;
    std::size_t begin, end;  ///< the parts of its parent
};

class SubAreaTable final : public SyntheticTable {
public:
    SubAreaTable(std::vector<SyntheticSeries> series, std::vector<Part> parts, std::uint64_t seed)
        : SyntheticTable("region-sub-ba-data", std::move(series)), parts_(std::move(parts)), seed_(seed) {}

    double value(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        const double demand = source_value(grid, column, hour);
        const std::int64_t at = epoch_hours(grid.hour(hour));
        const std::size_t wanted = series(column).part;
        const auto [weight, begin, end] = parts_[wanted];
        const auto weight_of = [&](std::size_t p) {
            return parts_[p].weight * (1 + 0.06 * smooth_noise(mix_seed(seed_, 400 + p), at, 13));
        };
        double all = 0;
        for (std::size_t p = begin; p < end; ++p) all += weight_of(p);
        if (wanted + 1 < end) return share(demand, weight_of(wanted) / all);
        double last = demand;
        for (std::size_t p = begin; p + 1 < end; ++p) last -= share(demand, weight_of(p) / all);
        return last;
    }

private:
    static double share(double demand, double part) { return std::round(demand * part) + 0.0; }
    std::vector<Part> parts_;
    std::uint64_t seed_;
};

/// As unequal as real ones.
double weight_of(std::string_view area) {
    std::uint64_t text = 0;
    for (const char c : area) text = 131 * text + static_cast<unsigned char>(c);
    const double chance = Random(text).uniform();
    return 0.05 + chance * chance;
}

}  // namespace

std::shared_ptr<const GridTable> synthetic_sub_area_table(const Grid& grid, std::uint64_t seed) {
    std::vector<SubArea> areas = eia_sub_areas();
    std::ranges::sort(areas, {}, [](const SubArea& area) { return std::pair(area.parent, area.code); });
    std::vector<Part> parts;
    std::vector<SyntheticSeries> series;
    for (std::size_t a = 0; a < areas.size(); ++a) {
        const bool is_first = a == 0 || areas[a - 1].parent != areas[a].parent;
        const std::size_t begin = is_first ? a : parts.back().begin;
        const auto siblings = std::ranges::count(areas, areas[a].parent, &SubArea::parent);
        parts.push_back({weight_of(areas[a].code), begin, begin + static_cast<std::size_t>(siblings)});
        series.push_back({{std::string(areas[a].code), std::string(areas[a].parent)},
                          follow(grid, areas[a].parent, "D", first_hour_of_details()),
                          a});
    }
    return std::make_shared<SubAreaTable>(std::move(series), std::move(parts), seed);
}

}  // namespace gridring::source
