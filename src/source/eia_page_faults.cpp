// SPDX-License-Identifier: MIT
#include <algorithm>
#include <array>

#include "eia_page.hpp"
#include "gridring/core/random.hpp"

namespace gridring::source {
namespace {

/// One row in twenty, by its key.
bool is_struck(const PageRow& row, const PageFault& fault) {
    return mix_seed(fault.of_table, static_cast<std::uint64_t>(row.hour), row.column) % 20 == 0;
}

class NewFuelTable final : public GridTable {
public:
    explicit NewFuelTable(std::shared_ptr<const GridTable> fuels)
        : GridTable(fuels->route, with_new(*fuels)), fuels_(std::move(fuels)) {
        for (std::size_t c = 0; c < columns.size(); ++c) {
            const bool is_new = columns[c].second == new_code;
            // A new one has rows where the fuel before it has: that of the same respondent.
            origin_.push_back(c - static_cast<std::size_t>(std::count(is_new_.begin(), is_new_.end(), true)) - is_new);
            is_new_.push_back(is_new);
        }
    }
    bool has(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        return fuels_->has(grid, origin_[column], hour);
    }
    double value(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        return is_new_[column] ? 7 : fuels_->value(grid, origin_[column], hour);
    }
    Hour first_hour(const Grid& grid) const override { return fuels_->first_hour(grid); }

private:
    static constexpr std::string_view new_code = "NEW";
    /// Behind the other fuels of each respondent: out of order of code, as it may be with the API.
    static std::vector<GridColumn> with_new(const GridTable& fuels) {
        std::vector<GridColumn> all;
        for (std::size_t c = 0; c < fuels.columns.size(); ++c) {
            const std::string& respondent = fuels.columns[c].first;
            all.push_back(fuels.columns[c]);
            if (c + 1 == fuels.columns.size() || fuels.columns[c + 1].first != respondent)
                all.push_back({respondent, std::string(new_code)});
        }
        return all;
    }

    std::shared_ptr<const GridTable> fuels_;
    std::vector<std::size_t> origin_;
    std::vector<bool> is_new_;
};

}  // namespace

bool changes_rows(std::string_view kind) {
    constexpr std::array kinds{"moved-total", "duplicates", "conflict", "shuffled",
                               "missing",     "numbers",    "nulls",    "new-fuel"};
    return std::ranges::find(kinds, kind) != kinds.end();
}

int copies_of(const PageRow& row, const PageFault& fault) {
    return (fault.kind == "duplicates" || fault.kind == "conflict") && is_struck(row, fault) ? 2 : 1;
}

bool is_hidden(const PageRow& row, const PageFault& fault) { return fault.kind == "nulls" && is_struck(row, fault); }

void spoil_page(DataPage& page, const PageFault& fault) {
    Random random(fault.of_request);
    auto& rows = page.rows;
    if (fault.kind == "moved-total") {
        const std::int64_t by = 1 + random.below(9);
        page.total += random.below(2) && page.total >= by ? -by : by;
    } else if (fault.kind == "shuffled") {
        for (std::size_t i = rows.size(); i-- > 1;)
            std::swap(rows[i], rows[static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1))]);
    } else if (fault.kind == "missing") {
        const std::int64_t lost = std::min<std::int64_t>(1 + random.below(3), std::ssize(rows));
        for (std::int64_t i = 0; i < lost; ++i) rows.erase(rows.begin() + random.below(std::ssize(rows)));
    }
}

std::shared_ptr<const GridTable> with_new_fuel(std::shared_ptr<const GridTable> fuels) {
    return std::make_shared<NewFuelTable>(std::move(fuels));
}

}  // namespace gridring::source
