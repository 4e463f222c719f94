// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace gridring::test {

/// A run folder with all eight files, small and seeded: three regions in three time zones, ten weeks of held-back days
/// over the change of clocks, gaps and flags, a region named `Nord </script><b>"x"`, a secret in config and command.
void write_synthetic_run(const std::filesystem::path& folder);

}  // namespace gridring::test
