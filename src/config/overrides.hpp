// SPDX-License-Identifier: MIT
#pragma once

#include <yaml-cpp/yaml.h>

#include <set>
#include <string>

namespace gridring::config {

/// Sets "a.b.c=value" in the document; the value is YAML. Adds to `overridden` what is no longer the file's.
void apply_override(YAML::Node& document, const std::string& text, std::set<std::string>& overridden);

}  // namespace gridring::config
