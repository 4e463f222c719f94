// SPDX-License-Identifier: MIT
#pragma once

namespace gridring::app {

/// Pages of a megabyte come and go several hundred times a second: memory that is given back to the system each time
/// costs more than parsing them. Keeps it, for the whole process; without effect where malloc() is not glibc's.
void keep_freed_memory();

}  // namespace gridring::app
