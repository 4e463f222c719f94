// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gridring/comm/communicator.hpp"
#include "gridring/ring/partition.hpp"
#include "gridring/store/tensor_file.hpp"

namespace gridring::app {

/// Brings a tensor that lies spread over the ranks into `file`, which rank 0 alone has: slab of time by slab of time,
/// so that rank 0 never holds more than a few MB of it, whatever the partition. `mine` is the tensor `plan` with axis
/// `time_axis` cut to this rank's rows. A failure on rank 0 is thrown on every rank. Collective.
void write_spread(const comm::Communicator& world, store::TensorWriter* file, const store::TensorPlan& plan,
                  std::size_t time_axis, const ring::Partition& partition, std::span<const float> mine);

}  // namespace gridring::app
