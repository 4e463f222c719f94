// SPDX-License-Identifier: MIT
#include "respondent_file.hpp"

#include <algorithm>

namespace gridring::source {

std::string respondent_of_file(std::string name) {
    if (name.ends_with(".gz")) name.resize(name.size() - 3);
    if (!name.ends_with(".csv")) return {};
    name.resize(name.size() - 4);
    const bool is_code = !name.empty() && name.size() <= 8 && std::ranges::all_of(name, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    });
    return is_code ? name : std::string();
}

}  // namespace gridring::source
