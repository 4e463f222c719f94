// SPDX-License-Identifier: MIT
#include "overrides.hpp"

#include <fmt/format.h>

#include <vector>

#include "gridring/core/error.hpp"

namespace gridring::config {

void apply_override(YAML::Node& document, const std::string& text, std::set<std::string>& overridden) {
    const auto equals = text.find('=');
    if (equals == std::string::npos || equals == 0)
        throw ConfigError(fmt::format("--set: expected key.path=value, found '{}'", text));
    YAML::Node value = [&] {
        try {
            return YAML::Load(text.substr(equals + 1));
        } catch (const YAML::Exception& error) {
            throw ConfigError(fmt::format("--set {}: the value is no YAML: {}", text, error.msg));
        }
    }();
    std::vector<YAML::Node> nodes{document};
    std::string rest = text.substr(0, equals), path;
    while (true) {
        const auto dot = rest.find('.');
        const std::string name = rest.substr(0, dot);
        if (nodes.back().IsScalar() || nodes.back().IsSequence())
            throw ConfigError(fmt::format("--set {}: '{}' is under a value, not under a section", text, name));
        path += "/" + name;
        if (dot == std::string::npos || !nodes.back()[name].IsDefined()) overridden.insert(path);
        if (dot == std::string::npos) {
            nodes.back()[name] = value;
            return;
        }
        nodes.push_back(nodes.back()[name]);
        rest = rest.substr(dot + 1);
    }
}

}  // namespace gridring::config
