// SPDX-License-Identifier: MIT
#include "nested_parameters.hpp"

#include <algorithm>

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

/// "a[b][]" -> {"a", "b", ""}.
std::vector<std::string> parts_of(const std::string& name) {
    std::vector<std::string> parts{name.substr(0, name.find('['))};
    for (auto open = name.find('['); open != std::string::npos; open = name.find('[', open + 1)) {
        const auto close = name.find(']', open);
        if (close == std::string::npos) break;
        parts.push_back(name.substr(open + 1, close - open - 1));
    }
    return parts;
}

bool is_index(const std::string& part) {
    return part.size() <= 2 && std::ranges::all_of(part, [](char c) { return c >= '0' && c <= '9'; });  // "" appends
}

json* child(json& node, const std::string& part, bool is_top) {
    if (is_top || !is_index(part)) {
        if (!node.is_object()) node = json::object();
        return &node[part];
    }
    if (!node.is_array()) node = json::array();
    const std::size_t index = part.empty() ? node.size() : static_cast<std::size_t>(std::stoi(part));
    if (index > 99) return nullptr;
    while (node.size() <= index) node.push_back(nullptr);
    return &node[index];
}

}  // namespace

json nest(const net::Parameters& parameters) {
    json root = json::object();
    for (const auto& [name, value] : parameters) {
        json* node = &root;
        for (const auto& part : parts_of(name))
            if (node) node = child(*node, part, node == &root);
        if (node) *node = value;
    }
    return root;
}

std::vector<std::string> strings_of(const json& value) {
    if (value.is_string()) return {value.get<std::string>()};
    std::vector<std::string> strings;
    if (value.is_structured())
        for (const auto& item : value)
            if (item.is_string()) strings.push_back(item.get<std::string>());
    return strings;
}

std::string to_text(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

std::string text_of(const json& params, const char* name, const std::string& fallback) {
    const auto found = params.find(name);
    if (found == params.end()) return fallback;
    return found->is_string() ? found->get<std::string>() : to_text(*found);
}

}  // namespace gridring::source
