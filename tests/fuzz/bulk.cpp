// SPDX-License-Identifier: MIT
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "fuzz/scratch.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/bulk.hpp"

/// The first byte picks the name of the file, the rest is in it. Whatever a file holds is finite values under hours,
/// bad rows, or an Error that names it.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace gridring;
    if (size == 0) return 0;
    constexpr const char* names[] = {"PACW.csv", "EBA.txt", "PACW.csv.gz", "any.zip"};
    const auto file = fuzz::scratch() / names[data[0] % 4];
    fuzz::put(file, {reinterpret_cast<const char*>(data) + 1, size - 1});
    try {
        source::read_bulk(file, {.has_adjusted = true, .progress = {}}, [](const source::BulkStretch& stretch) {
            if (stretch.hours.empty() || stretch.hours.size() != stretch.values.size() || stretch.region.empty())
                std::abort();
            for (const double value : stretch.values)
                if (!std::isfinite(value)) std::abort();
        });
    } catch (const DataError&) {
    } catch (const StoreError&) {
    }
    return 0;
}
