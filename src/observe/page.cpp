// SPDX-License-Identifier: MIT
#include "observe/page.hpp"

#include <regex>

#include "gridring/core/error.hpp"
#include "observe/assets.hpp"

namespace gridring::observe {
namespace {

void replace_all(std::string& text, std::string_view from, std::string_view to) {
    for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
        text.replace(at, from.size(), to);
}

}  // namespace

std::string fill(std::string_view page, const std::map<std::string, std::string, std::less<>>& parts) {
    std::string filled;
    for (std::size_t at = 0; at < page.size();) {
        const std::size_t open = page.find("{{", at);
        filled += page.substr(at, open - at);
        if (open == std::string_view::npos) break;
        const std::size_t close = page.find("}}", open);
        expects(close != std::string_view::npos, "every {{ of page.html is closed");
        const auto part = parts.find(page.substr(open + 2, close - open - 2));
        expects(part != parts.end(), "every {{name}} of page.html has a part");
        filled += part->second;
        at = close + 2;
    }
    return filled;
}

std::string section_scripts() {
    std::string all;
    for (const char* file : {"format.js", "figure.js", "forecasts.js", "scores.js", "contest.js", "training.js",
                             "timeline.js", "calendar.js", "run.js"})
        all += asset(file);
    return all;
}

std::string escape_html(std::string_view text) {
    std::string escaped(text);
    replace_all(escaped, "&", "&amp;");
    replace_all(escaped, "<", "&lt;");
    replace_all(escaped, ">", "&gt;");
    replace_all(escaped, "\"", "&quot;");
    replace_all(escaped, "'", "&#39;");
    return escaped;
}

std::string escape_json(std::string json) {
    replace_all(json, "<", "\\u003c");
    return json;
}

std::string without_secrets(const std::string& text) {
    static const std::regex secret(R"(((?:api[_-]?key|token|password|secret)["']? *[:= ] *["']?)([^\s"'&,}]+))",
                                   std::regex::icase);
    return std::regex_replace(text, secret, "$1(hidden)");
}

}  // namespace gridring::observe
