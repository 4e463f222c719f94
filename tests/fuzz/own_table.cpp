// SPDX-License-Identifier: MIT
#include <fuzzer/FuzzedDataProvider.h>

#include <cmath>
#include <cstdlib>

#include "fuzz/scratch.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/own_table.hpp"

namespace {

using namespace gridring;

source::OwnLayout layout_of(FuzzedDataProvider& input) {
    source::OwnLayout layout;
    layout.time = input.PickValueInArray({"period", "t", "Zeit"});
    layout.value = input.PickValueInArray({"D", "v"});
    layout.is_wide = input.ConsumeBool();
    if (input.ConsumeBool()) layout.covariates = {{"c", "degC"}};
    layout.time_zone = input.PickValueInArray({"", "Europe/Berlin", "Australia/Lord_Howe"});
    layout.clock = input.PickValueInArray({"", "UTC"});
    if (input.ConsumeBool())
        layout.labels = input.ConsumeBool() ? source::RowLabel::beginning : source::RowLabel::ending;
    layout.unit = input.PickValueInArray({source::RowUnit::mw, source::RowUnit::kwh_per_row});
    layout.decimal = input.ConsumeBool() ? ',' : '.';
    layout.date_order = input.PickValueInArray(
        {source::DateOrder::unknown, source::DateOrder::day_first, source::DateOrder::month_first});
    return layout;
}

}  // namespace

/// A CSV of the user's own, whose layout the end of the input picks: finite values under hours, or an Error that says
/// what is wrong.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    FuzzedDataProvider input(data, size);
    const auto layout = layout_of(input);
    const auto file = fuzz::scratch() / "TOWN.csv";
    fuzz::put(file, input.ConsumeRemainingBytesAsString());
    try {
        source::read_own_table(file, layout, {.has_adjusted = false, .progress = {}},
                               [](const source::BulkStretch& stretch) {
                                   if (stretch.hours.size() != stretch.values.size()) std::abort();
                                   for (const double value : stretch.values)
                                       if (!std::isfinite(value)) std::abort();
                               });
    } catch (const ConfigError&) {
    } catch (const DataError&) {
    } catch (const StoreError&) {
    }
    return 0;
}
