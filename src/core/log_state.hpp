// SPDX-License-Identifier: MIT
#pragma once

namespace gridring::log {

/// Whether the level lets progress bars through.
bool shows_progress();

}  // namespace gridring::log
