// SPDX-License-Identifier: MIT
#include "gridring/source/publication.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "eia_routes.hpp"
#include "gridring/core/random.hpp"

namespace gridring::source {
namespace {

constexpr std::int64_t forecast_lead = 24;  // operators' forecasts are there before the hours that they are of

/// Another table as far as it is published.
class PublishedTable final : public GridTable {
public:
    PublishedTable(std::shared_ptr<const GridTable> whole, Hour now, std::int64_t preliminary_hours)
        : GridTable(whole->route, whole->columns),
          whole_(std::move(whole)),
          now_(now),
          preliminary_hours_(preliminary_hours) {}

    bool has(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        return age(grid, hour) >= (columns[column].second == "DF" ? -forecast_lead : 0) &&
               whole_->has(grid, column, hour);
    }
    double value(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        const double final = whole_->value(grid, column, hour);
        if (age(grid, hour) >= preliminary_hours_) return final;
        Random chance(mix_seed(0x9E71, static_cast<std::uint64_t>(hour), column));
        return chance.below(4) > 0 ? final : std::round(final * (0.95 + 0.1 * chance.uniform()));
    }
    Hour first_hour(const Grid& grid) const override { return whole_->first_hour(grid); }

private:
    std::int64_t age(const Grid& grid, std::int64_t hour) const { return (now_ - grid.hour(hour)).count(); }

    std::shared_ptr<const GridTable> whole_;
    Hour now_;
    std::int64_t preliminary_hours_;
};

}  // namespace

Hour Publication::last() const {
    return *from + std::chrono::hours{static_cast<std::int64_t>(
                       std::floor(std::max(0.0, epoch_seconds() - started_at) * hours_per_second))};
}

std::shared_ptr<const GridTable> published(std::shared_ptr<const GridTable> table, const Publication& publication) {
    return std::make_shared<PublishedTable>(std::move(table), publication.last(), publication.preliminary_hours);
}

}  // namespace gridring::source
