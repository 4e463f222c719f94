// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace gridring {

/// Of the machine that this process runs on, as gethostname() tells it; "unknown" where it does not.
std::string host_name();

}  // namespace gridring
