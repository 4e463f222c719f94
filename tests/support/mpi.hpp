// SPDX-License-Identifier: MIT
#pragma once

#include "gridring/comm/communicator.hpp"

namespace gridring::test {

/// The ranks of this test program. Use CHECK before a collective: a failed REQUIRE, like an exception that leaves a
/// test case, ends the run on every rank, since the partners would wait for ever.
const comm::Communicator& world();

}  // namespace gridring::test
