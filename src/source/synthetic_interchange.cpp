// SPDX-License-Identifier: MIT
#include <array>

#include "synthetic_tables.hpp"

namespace gridring::source {
namespace {

/// A tie between two authorities of the grid: what flows over it on average, and how far it swings.
struct Tie {
    std::string_view from, to;
    double mean_mw, swing_mw;
};
constexpr std::array ties = std::to_array<Tie>({
    {"BPAT", "CISO", 1500, 1200},
    {"BPAT", "PACW", 200, 300},
    {"CISO", "PACW", -150, 250},
    {"ERCO", "SWPP", 100, 350},
    {"MISO", "SWPP", -300, 1500},
});

/// Neighbours outside the grid, and who abroad reports nothing of its own. They share what the ties leave of TI.
struct Outside {
    std::string_view of, name;
    double share;
    bool is_foreign;
};
constexpr std::array outside = std::to_array<Outside>({
    {"BPAT", "AVA", .35, false},
    {"BPAT", "NWMT", .65, false},
    {"CISO", "AZPS", .55, false},
    {"CISO", "NEVP", .45, false},
    {"ERCO", "CEN", 1, true},
    {"MISO", "PJM", .7, false},
    {"MISO", "TVA", .3, false},
    {"PACW", "PACE", .6, false},
    {"PACW", "PGE", .4, false},
    {"SWPP", "AECI", .4, false},
    {"SWPP", "PSCO", .6, false},
});

/// Whole megawatts over tie `t`, in its own direction.
double flow(std::size_t t, std::uint64_t seed, std::int64_t hour) {
    return std::round(ties[t].mean_mw + ties[t].swing_mw * smooth_noise(mix_seed(seed, 300 + t), hour, 11));
}

/// What `of` sends over all its ties.
double tie_exports(std::string_view of, std::uint64_t seed, std::int64_t hour) {
    double sum = 0;
    for (std::size_t t = 0; t < ties.size(); ++t) {
        if (ties[t].from == of) sum += flow(t, seed, hour);
        if (ties[t].to == of) sum -= flow(t, seed, hour);
    }
    return sum;
}

/// What its authority sends to outside neighbour `o`: the first takes its share, rounded, and the last what is left.
double outside_exports(std::size_t o, double rest) {
    const bool has_earlier = o > 0 && outside[o - 1].of == outside[o].of;
    return has_earlier ? rest - std::round(outside[o - 1].share * rest) : std::round(outside[o].share * rest);
}

/// Parts: tie t in its direction is 2 t, against it 2 t + 1; outside neighbours follow in the same way.
class InterchangeTable final : public SyntheticTable {
public:
    InterchangeTable(std::vector<SyntheticSeries> series, std::uint64_t seed)
        : SyntheticTable("interchange-data", std::move(series)), seed_(seed) {}

    double value(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        const std::int64_t at = epoch_hours(grid.hour(hour));
        const std::size_t part = series(column).part / 2;
        const double sign = series(column).part % 2 ? -1 : 1;
        if (part < ties.size()) return plain_zero(sign * flow(part, seed_, at));
        const std::size_t o = part - ties.size();
        const double rest = source_value(grid, column, hour) - tie_exports(outside[o].of, seed_, at);
        return plain_zero(sign * outside_exports(o, rest));
    }

private:
    static double plain_zero(double value) { return value == 0 ? 0 : value; }  // no row says "-0"
    std::uint64_t seed_;
};

}  // namespace

std::shared_ptr<const GridTable> synthetic_interchange_table(const Grid& grid, std::uint64_t seed) {
    std::vector<SyntheticSeries> series;
    // A row follows the TI of who reports it; neighbours outside are mirrors of the authority that they trade with.
    const auto add = [&](std::string_view from, std::string_view to, std::string_view reports, std::size_t part) {
        series.push_back(
            {{std::string(from), std::string(to)}, follow(grid, reports, "TI", first_hour_of_details()), part});
    };
    for (std::size_t t = 0; t < ties.size(); ++t) {
        add(ties[t].from, ties[t].to, ties[t].from, 2 * t);
        add(ties[t].to, ties[t].from, ties[t].to, 2 * t + 1);
    }
    for (std::size_t o = 0; o < outside.size(); ++o) {
        add(outside[o].of, outside[o].name, outside[o].of, 2 * (ties.size() + o));
        if (!outside[o].is_foreign) add(outside[o].name, outside[o].of, outside[o].of, 2 * (ties.size() + o) + 1);
    }
    return std::make_shared<InterchangeTable>(std::move(series), seed);
}

}  // namespace gridring::source
