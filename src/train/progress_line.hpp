// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "gridring/train/trainer.hpp"

namespace gridring::train {

/// "step 120 of 400, loss 0.1031, validation 0.1174 at 100, best 0.1169 at 50": what stands behind the bar. Needs a
/// step.
std::string describe_progress(const Report& report, std::int64_t steps);

}  // namespace gridring::train
