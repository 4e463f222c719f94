// SPDX-License-Identifier: MIT
#pragma once

#include <nlohmann/json.hpp>

#include "gridring/net/url.hpp"

namespace gridring::source {

/// Parameters as the server of the API nests them: a[b][]=1 & a[b][]=2 & c[0][d]=3 become
/// {"a":{"b":["1","2"]},"c":[{"d":"3"}]}. Later parameters overwrite earlier ones of the same name; an index beyond 99
/// is dropped.
nlohmann::ordered_json nest(const net::Parameters& parameters);

/// The strings of a list, of an object's values, or of one bare value; empty for anything else.
std::vector<std::string> strings_of(const nlohmann::ordered_json& value);

/// As JSON, with U+FFFD for every byte that is no UTF-8: a query may hold any.
std::string to_text(const nlohmann::ordered_json& value);

/// The text of params[name], a number as its digits; `fallback` where it is absent.
std::string text_of(const nlohmann::ordered_json& params, const char* name, const std::string& fallback);

}  // namespace gridring::source
