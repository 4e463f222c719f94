// SPDX-License-Identifier: MIT
// Writes series.h5, checkpoint.h5 and results.h5 into the folder given: what xarray_test.py opens.
#include "unit/store/samples.hpp"

int main(int, char** arguments) {
    const std::filesystem::path folder = arguments[1];
    gridring::store::write_series(folder / "series.h5", gridring::test::small_series());
    gridring::store::write_checkpoint(folder / "checkpoint.h5", gridring::test::small_checkpoint());
    gridring::store::write_results(folder / "results.h5", gridring::test::small_results());
}
