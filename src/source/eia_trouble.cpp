// SPDX-License-Identifier: MIT
#include "eia_trouble.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <ctime>
#include <nlohmann/json.hpp>

namespace gridring::source {
namespace {

using Kind = Trouble::Kind;
using nlohmann::json;

constexpr std::string_view get_a_key =
    "set EIA_API_KEY, or the file in source.eia.key_file, to a valid key (free from "
    "https://www.eia.gov/opendata/register.php)";

struct Complaint {
    std::string code, message;  ///< of "error"; empty where the body has none
    int status;                 ///< the body's where it has one, else HTTP's
};

/// Text as it is, null as none, anything else as JSON: a proxy on the way may put a number where the API has text.
std::string text_in(const json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end() || found->is_null()) return {};
    return found->is_string() ? found->get<std::string>() : found->dump();
}

/// {"error":{"code":"API_KEY_MISSING","message":…}} from the gateway, {"error":"Not found.","code":404} from the API.
Complaint complaint_in(const net::Reply& reply) {
    Complaint complaint{{}, {}, reply.status};
    const json body = json::parse(reply.body, nullptr, false);
    if (!body.is_object() || !body.contains("error")) return complaint;
    const json& error = body["error"];
    if (error.is_object()) {
        complaint.code = text_in(error, "code");
        complaint.message = text_in(error, "message");
    } else if (error.is_string()) {
        complaint.message = error.get<std::string>();
    }
    if (const auto code = body.find("code"); code != body.end() && code->is_number_integer()) complaint.status = *code;
    return complaint;
}

bool speaks_of_throttling(const Complaint& complaint) {
    std::string text = complaint.code + " " + complaint.message;
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::any_of(std::array{"rate_limit", "rate limit", "exceeded", "throttl", "suspended"},
                               [&](const char* word) { return text.find(word) != std::string::npos; });
}

Kind kind_of(const Complaint& complaint) {
    if (speaks_of_throttling(complaint)) return Kind::throttled;
    if (complaint.code == "API_KEY_MISSING") return Kind::key_missing;
    if (complaint.code.starts_with("API_KEY") || complaint.status == 401) return Kind::key_refused;
    const bool may_heal = complaint.status == 408 || complaint.status == 429 || complaint.status >= 500;
    return may_heal ? Kind::passing : Kind::refused;
}

std::string advice_for(Kind kind) {
    switch (kind) {
        case Kind::key_missing:
            return fmt::format("no API key reached the server: {}", get_a_key);
        case Kind::key_refused:
            return fmt::format("API key refused: {}", get_a_key);
        case Kind::throttled:
            return "the server suspends the key, or wants fewer requests";
        case Kind::refused:
            return "the request was refused";
        default:
            return "the server cannot answer now";
    }
}

/// Seconds, or a date of RFC 9110.
std::optional<std::chrono::seconds> retry_after(const net::Reply& reply) {
    const auto header = net::find_header(reply.headers, "Retry-After");
    if (!header) return std::nullopt;
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(header->data(), header->data() + header->size(), seconds);
    if (error == std::errc{} && end == header->data() + header->size())
        return std::chrono::seconds{std::max<std::int64_t>(seconds, 0)};
    std::tm date{};
    if (strptime(std::string(*header).c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date) == nullptr) return std::nullopt;
    return std::chrono::seconds{std::max<std::int64_t>(timegm(&date) - std::time(nullptr), 0)};
}

}  // namespace

std::string printable(std::string_view text, std::size_t limit) {
    std::string shown;
    for (const char c : text.substr(0, limit)) shown += c >= ' ' && c < 127 ? c : ' ';
    return shown + (text.size() > limit ? "…" : "");
}

Trouble trouble_of(const net::Failure& failure) {
    return {failure.may_heal ? Kind::passing : Kind::refused, 0, failure.message, std::nullopt};
}

Trouble trouble_of(const net::Reply& reply) {
    const Complaint complaint = complaint_in(reply);
    const Kind kind = kind_of(complaint);
    const std::string said = complaint.message.empty() ? complaint.code : complaint.message;
    return {kind, reply.status,
            fmt::format("{} (HTTP {}{}{})", advice_for(kind), reply.status, said.empty() ? "" : ": ", printable(said)),
            retry_after(reply)};
}

Trouble garbled(const net::Reply& reply, std::string_view problem) {
    return {Kind::garbled, reply.status,
            fmt::format("expected a JSON reply of the EIA API v2, found {} bytes that begin '{}' ({})",
                        reply.body.size(), printable(reply.body, 60), problem),
            std::nullopt};
}

}  // namespace gridring::source
