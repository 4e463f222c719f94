// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace gridring::observe {

/// The folders of runs by their names relative to `root`: "." for itself, "a", "sweeps/context/members/0003". Looked
/// for four levels down and in the members/ of runs, of a large tree in its nearest 1,000 folders; those that cannot be
/// read are passed over.
std::map<std::string, std::filesystem::path> find_runs(const std::filesystem::path& root);

/// One line about a run: {id, state, step, steps, loss, tokens_per_second, at}, where state is "live", "extracting",
/// "training", "silent" (it should go on, but no file tells so for half a minute), "stopped", "trained", "evaluated",
/// "extracted" or "begun". `now` in seconds since 1970.
nlohmann::json summarise_run(const std::string& id, const std::filesystem::path& folder, double now);

}  // namespace gridring::observe
