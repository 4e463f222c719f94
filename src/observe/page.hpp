// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gridring::observe {

/// `page` with every {{name}} replaced by its part, in one pass: what is put in is not searched again. Throws BugError
/// for a name without a part.
std::string fill(std::string_view page, const std::map<std::string, std::string, std::less<>>& parts);

/// The scripts that the report and the dashboard draw their sections with, in order.
std::string section_scripts();

/// Text for HTML content and attributes: & < > " ' become entities.
std::string escape_html(std::string_view text);

/// JSON for a <script> element: every '<' becomes \u003c, so that no string can end the element or open a comment.
std::string escape_json(std::string json);

/// `text` without what looks like a secret: the value behind "api_key:", "token=", "--password …" becomes "(hidden)".
std::string without_secrets(const std::string& text);

}  // namespace gridring::observe
