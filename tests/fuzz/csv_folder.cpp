// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>

#include "fuzz/scratch.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/source/grid.hpp"
#include "gridring/source/labels.hpp"

/// A respondent's CSV as the emulator and the comparison with labels read it: what it has, or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gridring;
    log::set_level(log::Level::off);
    fuzz::put(fuzz::scratch() / "PACW.csv", {reinterpret_cast<const char*>(data), size});
    try {
        const source::Grid grid = source::read_csv_grid(fuzz::scratch().folder());
        for (const auto& respondent : grid.respondents)
            for (const auto& quantity : respondent.quantities)
                if (static_cast<std::int64_t>(quantity.values.size()) != grid.hours) std::abort();
    } catch (const DataError&) {
    } catch (const StoreError&) {
    }
    try {
        source::read_labels(fuzz::scratch().folder(), "PACW");
    } catch (const DataError&) {
    } catch (const StoreError&) {
    }
    return 0;
}
