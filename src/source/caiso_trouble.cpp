// SPDX-License-Identifier: MIT
#include "caiso_trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <pugixml.hpp>

#include "eia_trouble.hpp"

namespace gridring::source {
namespace {

using Kind = Trouble::Kind;

struct OasisError {
    int code;
    OasisMeaning meaning;
    std::string_view advice;
};
/// Codes that are not here are refused: OASIS documents none that heals.
constexpr std::array errors = std::to_array<OasisError>({
    {1000, OasisMeaning::no_data, "nothing for this request"},
    {1001, OasisMeaning::refused, "the report does not know a parameter; the report or its version may have changed"},
    {1002, OasisMeaning::refused, "expected stamps such as 20240101T00:00-0000"},
    {1003, OasisMeaning::passing, "the report took too long"},
    {1004, OasisMeaning::refused, "a request may span 31 days"},
    {1005, OasisMeaning::refused, "the report does not exist; it may have been renamed"},
    {1008, OasisMeaning::passing, "the server ran out of memory"},
    {1010, OasisMeaning::passing, "the server failed"},
    {1014, OasisMeaning::refused,
     "OASIS keeps about 39 months, and the hours begin before its retention limit: set extract.from later"},
    {1015, OasisMeaning::passing, "a group report is being made"},
    {1016, OasisMeaning::refused, "the group does not exist"},
});

std::string_view advice_for(int code) {
    const auto found = std::ranges::find(errors, code, &OasisError::code);
    return found == errors.end() ? "an error that OASIS does not document" : found->advice;
}

std::string_view advice_for_status(int status) {
    if (status == 429) return "OASIS asks for fewer requests";
    if (status == 401 || status == 403)
        return "OASIS, or a gateway before it, turns this machine away; it needs no key";
    if (status == 404) return "OASIS is not at this address: check source.caiso.base_url";
    return status == 408 || status >= 500 ? "OASIS cannot answer now" : "OASIS refused the request";
}

/// The number behind "after" in "Please retry your request after 5 seconds."
std::optional<std::chrono::seconds> seconds_asked_for(std::string_view html) {
    constexpr std::string_view words = "after ";
    const auto at = html.find(words);
    if (at == std::string_view::npos) return std::nullopt;
    int seconds = 0;
    const char* begin = html.data() + at + words.size();
    const auto [end, problem] = std::from_chars(begin, html.data() + html.size(), seconds);
    if (problem != std::errc{} || seconds < 0) return std::nullopt;
    return std::chrono::seconds{seconds};
}

/// The first element called `name`, whatever its namespace prefix.
pugi::xml_node find_element(const pugi::xml_node& root, std::string_view name) {
    return root.find_node([&](const pugi::xml_node& node) {
        const std::string_view full = node.name();
        return full.substr(full.find(':') == std::string_view::npos ? 0 : full.find(':') + 1) == name;
    });
}

}  // namespace

OasisMeaning meaning_of_oasis_error(int code) {
    const auto found = std::ranges::find(errors, code, &OasisError::code);
    return found == errors.end() ? OasisMeaning::refused : found->meaning;
}

Trouble oasis_trouble(const net::Reply& reply) {
    const bool may_heal = reply.status == 408 || reply.status == 429 || reply.status >= 500;
    Trouble trouble{may_heal ? Kind::passing : Kind::refused, reply.status,
                    fmt::format("{} (HTTP {})", advice_for_status(reply.status), reply.status),
                    trouble_of(reply).retry_after};
    if (reply.status == 429) {
        if (!trouble.retry_after) trouble.retry_after = seconds_asked_for(reply.body);
        if (!trouble.retry_after) trouble.retry_after = std::chrono::seconds{5};
    } else if (reply.status >= 300 && reply.status < 400) {
        const std::string_view to = net::find_header(reply.headers, "Location").value_or("another address");
        trouble.message =
            fmt::format("expected a report, found a redirection (HTTP {}) to {}; set source.caiso.base_url to that",
                        reply.status, printable(to.substr(0, to.find("/SingleZip")), 80));
    }
    return trouble;
}

Trouble garbled_oasis(const net::Reply& reply, std::string_view problem) {
    return {Kind::garbled, reply.status,
            fmt::format("expected a zip of OASIS with a CSV file, found {} bytes that begin '{}' ({})",
                        reply.body.size(), printable(reply.body, 60), problem),
            std::nullopt};
}

Reading<OasisPage> read_oasis_errors(const net::Reply& reply, std::string_view xml) {
    pugi::xml_document document;
    const auto parsed = document.load_buffer(xml.data(), xml.size());
    const pugi::xml_node code_node = find_element(document, "ERR_CODE");
    if (!parsed || !code_node) return garbled_oasis(reply, "its XML names no error code");
    const int code = code_node.text().as_int();
    const std::string said = printable(find_element(document, "ERR_DESC").text().as_string());
    const std::string message = fmt::format("OASIS error {}: {} ({})", code, said, advice_for(code));
    switch (meaning_of_oasis_error(code)) {
        case OasisMeaning::no_data: {
            OasisPage page;
            page.no_data = message;
            return page;
        }
        case OasisMeaning::passing:
            return Trouble{Kind::passing, reply.status, message, std::nullopt};
        default:
            return Trouble{Kind::refused, reply.status, message, std::nullopt};
    }
}

}  // namespace gridring::source
