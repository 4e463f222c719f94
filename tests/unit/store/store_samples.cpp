// SPDX-License-Identifier: MIT
// Writes series.h5, checkpoint.h5, results.h5, contest.h5 and sweep.h5 into the folder given: what xarray_test.py
// opens. With a second argument, reads that file, which xarray wrote, and fails unless it is the same series.
#include "unit/store/samples.hpp"

namespace {

bool is_small_series(const gridring::store::Series& found) {
    const auto expected = gridring::test::small_series();
    const auto &demand = found.variable("demand"), &written = expected.variable("demand");
    return found.first == expected.first && found.flag_names == expected.flag_names && demand.flags == written.flags &&
           demand.units == written.units && gridring::test::same_values(demand.values, written.values) &&
           gridring::test::same_values(demand.cleaned, written.cleaned);
}

}  // namespace

int main(int count, char** arguments) {
    if (count == 3) return is_small_series(gridring::store::read_series(arguments[2])) ? 0 : 1;
    const std::filesystem::path folder = arguments[1];
    gridring::store::write_series(folder / "series.h5", gridring::test::small_series());
    gridring::store::write_checkpoint(folder / "checkpoint.h5", gridring::test::small_checkpoint());
    gridring::store::write_results(folder / "results.h5", gridring::test::small_results());
    gridring::store::write_results(folder / "contest.h5", gridring::test::small_contest());
    gridring::store::write_sweep(folder / "sweep.h5", gridring::test::small_sweep());
}
