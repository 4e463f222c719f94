// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <vector>

#include "assembly.hpp"

namespace gridring::extract {

/// period,region,variable,old_mw,new_mw,seen_at: one line a revision, oldest first; an empty cell is a null. Removes
/// the file where there are none. Throws StoreError.
void write_revisions(const std::filesystem::path& file, const std::vector<Revision>& revisions);

}  // namespace gridring::extract
