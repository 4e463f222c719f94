// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "app/settings.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {

/// What extraction.json says of the folder; an empty object where it says nothing that can be read.
nlohmann::json summary_in(const std::filesystem::path& folder);
/// Empty where `name` is absent or no text.
std::string text_in(const nlohmann::json& summary, const char* name);

/// Whether the folder's last extraction, of this summary, brought all that is asked for.
bool is_request_of(const nlohmann::json& summary, const Settings& settings);

enum class SeriesState { absent, damaged, other, whole };

/// Of series.h5, which must be the one that the summary tells of: an import may have taken its place, or a kill come
/// between the two. Throws KeyError.
SeriesState state_of_series(const std::filesystem::path& file, const nlohmann::json& summary);

/// Writes extraction.json, and prints its table where asked to. `published`: the last hour that a source with a clock
/// had then.
void publish(const Settings& settings, const extract::Summary& summary, bool prints = true,
             std::optional<Hour> published = std::nullopt);

}  // namespace gridring::app
