// SPDX-License-Identifier: MIT
#include "bulk_quantities.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

struct Fuel {
    std::string_view code, what;
};

/// As the route fuel-type-data codes them; the last seven since the end of 2024.
constexpr std::array fuels = std::to_array<Fuel>({
    {"COL", "coal"},
    {"NG", "natural gas"},
    {"NUC", "nuclear"},
    {"OIL", "petroleum products"},
    {"WAT", "hydropower"},
    {"SUN", "solar"},
    {"WND", "wind"},
    {"OTH", "other fuel sources"},
    {"UNK", "unknown fuel sources"},
    {"BAT", "battery storage"},
    {"PS", "pumped storage"},
    {"GEO", "geothermal"},
    {"SNB", "solar with integrated battery storage"},
    {"WNB", "wind with integrated battery storage"},
    {"OES", "other energy storage"},
    {"UES", "unknown energy storage"},
});

struct QuantityColumn {
    std::string_view name, code;
};

/// A code keeps its series when EIA narrows the column: pumped storage and batteries have left WAT, SUN and WND.
constexpr std::array fuel_columns = std::to_array<QuantityColumn>({
    {"Coal", "COL"},
    {"Natural Gas", "NG"},
    {"Nuclear", "NUC"},
    {"All Petroleum Products", "OIL"},
    {"Hydropower and Pumped Storage", "WAT"},
    {"Hydropower Excluding Pumped Storage", "WAT"},
    {"Pumped Storage", "PS"},
    {"Solar", "SUN"},
    {"Solar without Integrated Battery Storage", "SUN"},
    {"Solar with Integrated Battery Storage", "SNB"},
    {"Solar witho Integrated Battery Storage", "SNB"},  // EIA's own slip, beside a column "without"
    {"Wind", "WND"},
    {"Wind without Integrated Battery Storage", "WND"},
    {"Wind with Integrated Battery Storage", "WNB"},
    {"Battery Storage", "BAT"},
    {"Other Energy Storage", "OES"},
    {"Unknown Energy Storage", "UES"},
    {"Geothermal", "GEO"},
    {"Other Fuel Sources", "OTH"},
    {"Unknown Fuel Sources", "UNK"},
});

constexpr std::array region_columns = std::to_array<QuantityColumn>({
    {"Demand (MW)", "D"},
    {"Demand Forecast (MW)", "DF"},
    {"Net Generation (MW)", "NG"},
    {"Total Interchange (MW)", "TI"},
});

char to_lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }
bool is_alphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool is_same_name(std::string_view a, std::string_view b) {  // "Pumped storage" and "Pumped Storage" both occur
    return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

/// "Tidal & Wave" -> "tidal_wave".
std::string slug_of(std::string_view name) {
    std::string slug;
    for (const char c : name)
        if (is_alphanumeric(c))
            slug += to_lower(c);
        else if (!slug.empty() && slug.back() != '_')
            slug += '_';
    if (slug.ends_with('_')) slug.pop_back();
    return slug.empty() ? "unnamed" : slug;
}

BulkQuantity generation(std::string_view code, std::string_view what) {
    return {"generation_" + slug_of(code), std::string(code), "net generation from " + std::string(what)};
}

bool cut_suffix(std::string_view& text, std::string_view suffix) {
    if (!text.ends_with(suffix)) return false;
    text.remove_suffix(suffix.size());
    return true;
}

}  // namespace

std::optional<BulkQuantity> region_quantity(std::string_view code) {
    const auto found = std::ranges::find(quantities(), code, &Quantity::code);
    if (found == quantities().end()) return std::nullopt;
    return BulkQuantity{std::string(found->variable), std::string(found->code), std::string(found->long_name)};
}

FuelQuantity fuel_of_code(std::string_view code) {
    const auto found = std::ranges::find(fuels, code, &Fuel::code);
    if (found == fuels.end()) return {generation(code, code), false};
    return {generation(code, found->what), true};
}

FuelQuantity fuel_of_name(std::string_view name) {
    const auto found =
        std::ranges::find_if(fuel_columns, [&](const QuantityColumn& column) { return is_same_name(column.name, name); });
    return found == fuel_columns.end() ? FuelQuantity{generation(name, name), false} : fuel_of_code(found->code);
}

BulkQuantity interchange_with(std::string_view other) {
    return {"interchange_" + slug_of(other), std::string(other),
            "interchange with " + name_of_respondent(other) + ", positive when the region exports"};
}

std::optional<BalanceColumn> balance_column(std::string_view header) {
    constexpr std::string_view fuel_prefix = "Net Generation (MW) from ";
    BalanceColumn column;
    if (header.ends_with(" (Imputed)")) return std::nullopt;
    column.is_adjusted = cut_suffix(header, " (Adjusted)");
    if (header.starts_with(fuel_prefix)) {
        auto [quantity, is_known] = fuel_of_name(header.substr(fuel_prefix.size()));
        column.quantity = std::move(quantity);
        column.is_known = is_known;
    } else {
        const auto found = std::ranges::find(region_columns, header, &QuantityColumn::name);
        if (found == region_columns.end()) return std::nullopt;
        column.quantity = *region_quantity(found->code);
    }
    if (column.is_adjusted) {
        column.quantity.variable += "_adjusted";
        column.quantity.source_code += " (Adjusted)";
        column.quantity.long_name += "; EIA: adjusted = imputed where EIA replaced the value";
    }
    return column;
}

bool is_code(std::string_view text) {
    return !text.empty() && text.size() <= 12 && std::ranges::all_of(text, is_alphanumeric);
}

}  // namespace gridring::source
