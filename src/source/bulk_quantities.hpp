// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "gridring/source/bulk.hpp"

/// What the columns and series of EIA's bulk files are in series.h5.
namespace gridring::source {

/// Of D, DF, NG and TI.
std::optional<BulkQuantity> region_quantity(std::string_view code);

struct FuelQuantity {
    BulkQuantity quantity;
    bool is_known = true;  ///< false: a fuel that EIA has added since, under a name made of its own
};
/// "Natural Gas", as a column of a BALANCE file has it.
FuelQuantity fuel_of_name(std::string_view name);
/// "NG", as the API and EBA.txt have it.
FuelQuantity fuel_of_code(std::string_view code);

/// To or from another balancing authority.
BulkQuantity interchange_with(std::string_view other);

struct BalanceColumn {
    BulkQuantity quantity;
    bool is_adjusted = false, is_known = true;
};
/// Empty for columns without a quantity of ours: times, names, sums, imputed values.
std::optional<BalanceColumn> balance_column(std::string_view header);

/// Letters and digits, so that it may name a region or a variable.
bool is_code(std::string_view text);

}  // namespace gridring::source
