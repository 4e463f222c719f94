// SPDX-License-Identifier: MIT
#include "csv_details.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

namespace gridring::source {
namespace {

struct Prefix {
    std::string_view text, route;
    bool is_respondent_first;  ///< of the two facets
};
constexpr std::array prefixes = std::to_array<Prefix>({
    {"fuel:", "fuel-type-data", true},
    {"to:", "interchange-data", true},
    {"subba:", "region-sub-ba-data", false},
});

class CsvTable final : public GridTable {
public:
    CsvTable(std::string id, std::vector<GridColumn> of, std::vector<std::vector<double>> values)
        : GridTable(std::move(id), std::move(of)), values_(std::move(values)) {}
    bool has(const Grid& grid, std::size_t column, std::int64_t hour) const override {
        return !std::isnan(value(grid, column, hour));
    }
    double value(const Grid&, std::size_t column, std::int64_t hour) const override {
        return values_[column][static_cast<std::size_t>(hour)];
    }

private:
    const std::vector<std::vector<double>> values_;
};

}  // namespace

std::optional<CsvDetail> csv_detail(std::string_view respondent, std::string_view name) {
    const auto found = std::ranges::find_if(prefixes, [&](const Prefix& one) { return name.starts_with(one.text); });
    if (found == prefixes.end() || name.size() == found->text.size()) return std::nullopt;
    GridColumn column{std::string(respondent), std::string(name.substr(found->text.size()))};
    if (!found->is_respondent_first) std::swap(column.first, column.second);
    return CsvDetail{std::string(found->route), std::move(column)};
}

std::vector<std::shared_ptr<const GridTable>> csv_tables(std::vector<CsvDetail> details) {
    std::ranges::sort(details, {}, [](const CsvDetail& one) {
        return std::tuple(std::string_view(one.route), std::string_view(one.column.first),
                          std::string_view(one.column.second));
    });
    std::vector<std::shared_ptr<const GridTable>> tables;
    for (auto begin = details.begin(); begin != details.end();) {
        const auto end =
            std::find_if(begin, details.end(), [&](const CsvDetail& one) { return one.route != begin->route; });
        std::vector<GridColumn> columns;
        std::vector<std::vector<double>> values;
        for (auto one = begin; one != end; ++one) {
            columns.push_back(std::move(one->column));
            values.push_back(std::move(one->values));
        }
        tables.push_back(std::make_shared<CsvTable>(begin->route, std::move(columns), std::move(values)));
        begin = end;
    }
    return tables;
}

}  // namespace gridring::source
