// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gridring {

/// "0.1.0".
std::string_view version();
/// Git commit of the source tree at configure time, with "-dirty" when it had changes, "unknown" outside a repository.
std::string_view git_commit();

}  // namespace gridring
