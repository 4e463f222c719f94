// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

namespace gridring::observe {

/// A file embedded at build time (CMakeLists.txt) by its name, "page.css"; empty when there is none.
std::string_view asset(std::string_view name);

}  // namespace gridring::observe
