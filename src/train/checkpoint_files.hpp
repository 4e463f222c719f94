// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace gridring::train {

/// The one that was written `age` checkpoints before: "checkpoint.1.h5" for age 1, "checkpoint.h5" itself for 0.
std::filesystem::path older(const std::filesystem::path& checkpoint, std::int64_t age);

/// Those that there are, the newest first.
std::vector<std::filesystem::path> checkpoints_at(const std::filesystem::path& checkpoint);

/// Right before `checkpoint` is replaced: it gets a second name as the first of the older ones, of which `kept` stay. A
/// kill at any instant leaves `checkpoint` and all but the oldest. Throws StoreError.
void keep_older(const std::filesystem::path& checkpoint, std::int64_t kept);

/// Puts a file that cannot be used out of the way, as "checkpoint.damaged.h5", or "checkpoint.damaged-2.h5" and so on
/// where there is one. Throws StoreError.
void set_aside(const std::filesystem::path& damaged, const std::filesystem::path& checkpoint);

}  // namespace gridring::train
