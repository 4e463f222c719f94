// SPDX-License-Identifier: MIT
#include <cstring>

#include "gridring/net/url.hpp"
#include "gridring/source/eia.hpp"

namespace gridring::source {
namespace {

constexpr std::string_view mark = "REDACTED";
constexpr std::size_t shortest_secret = 6;  // fewer letters occur by chance in words and numbers that must stay

/// std::string::find() stops at every quotation mark of a page; this takes several steps at a time.
std::size_t position_of(std::string_view what, const std::string& text, std::size_t from) {
    if (from >= text.size()) return std::string::npos;
    const void* found = memmem(text.data() + from, text.size() - from, what.data(), what.size());
    return found ? static_cast<std::size_t>(static_cast<const char*>(found) - text.data()) : std::string::npos;
}

void replace_all(std::string& text, const std::string& what) {
    for (auto at = position_of(what, text, 0); at != std::string::npos; at = position_of(what, text, at + mark.size()))
        text.replace(at, what.size(), mark);
}

/// The string value behind each "api_key", whatever it is: the server may echo a key in another form than it was sent
/// in.
void blank_echoes(std::string& text) {
    constexpr std::string_view name = "\"api_key\"";
    for (auto at = position_of(name, text, 0); at != std::string::npos; at = position_of(name, text, at + 1)) {
        const auto open = text.find_first_not_of(" \t\r\n:", at + name.size());
        if (open == std::string::npos || text[open] != '"') continue;
        auto close = open + 1;
        while (close < text.size() && text[close] != '"') close += text[close] == '\\' ? 2 : 1;
        if (close < text.size()) text.replace(open + 1, close - open - 1, mark);
    }
}

}  // namespace

std::string redact_key(std::string text, const std::string& key) {
    blank_echoes(text);
    if (key.size() < shortest_secret) return text;
    replace_all(text, key);
    if (const std::string encoded = net::percent_encode(key); encoded != key) replace_all(text, encoded);
    return text;
}

}  // namespace gridring::source
