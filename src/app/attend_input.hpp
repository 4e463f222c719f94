// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gridring/ring/ring_attention.hpp"
#include "gridring/store/tensor_file.hpp"

namespace gridring::app {

/// What an input file of `gridring attend` holds; docs/data_format.md.
struct AttendProblem {
    attention::Shape shape;
    std::int64_t steps = 0;  ///< T
    bool has_validity = false, has_segments = false, has_gradient = false;
};

/// Checks that the datasets are there and fit each other. Throws StoreError.
AttendProblem describe_input(const store::TensorReader& file);

/// One rank's rows, dense.
struct AttendRows {
    std::vector<float> q, out_gradient;  ///< batch x L x heads x head_dim; out_gradient may be empty
    std::int64_t holes = 0;              ///< values that are not finite where /valid says so: taken as 0
};

/// Reads the rows at `positions`, keys and values straight into the block that travels. Throws StoreError, and
/// NumericError for a value that is not finite, naming its place.
AttendRows read_rows(const store::TensorReader& file, const AttendProblem& problem, attention::Positions positions,
                     ring::KeyValueBlock& block);

}  // namespace gridring::app
