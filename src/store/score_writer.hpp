// SPDX-License-Identifier: MIT
#pragma once

#include "gridring/store/results_file.hpp"
#include "store/hdf5_writer.hpp"

namespace gridring::store {

/// A score as a dataset whose axes are labelled by the scales of their names, which must be there. `shape` has the
/// extents of its axes.
void write_score(Writer& file, const Score& score, const Shape& shape);

/// The coordinate of an axis, by its labels.
void write_score_axis(Writer& file, const ScoreAxis& axis);

}  // namespace gridring::store
