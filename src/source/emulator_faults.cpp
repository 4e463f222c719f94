// SPDX-License-Identifier: MIT
#include "gridring/source/emulator_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>

#include "gridring/core/error.hpp"

namespace gridring::source {
namespace {

constexpr std::string_view codes = "1000 to 1016";

struct Parsed {
    std::string kind;
    int every;
};

/// "kind" or "kind/3"; empty when the number is none.
std::optional<Parsed> parse(const std::string& text) {
    const auto slash = text.find('/');
    Parsed parsed{text.substr(0, slash), 1};
    if (slash == std::string::npos) return parsed;
    const char* end = text.data() + text.size();
    const auto [at, problem] = std::from_chars(text.data() + slash + 1, end, parsed.every);
    if (problem != std::errc{} || at != end || parsed.every < 1) return std::nullopt;
    return parsed;
}

std::string names_of(const std::vector<FaultKind>& kinds) {
    std::string names;
    for (std::size_t i = 0; i < kinds.size(); ++i)
        names += fmt::format("{}{}", i == 0 ? "" : i + 1 == kinds.size() ? " or " : ", ", kinds[i].name);
    return names;
}

bool knows(const std::vector<FaultKind>& kinds, std::string_view name) {
    return name != codes && std::ranges::find(kinds, name, &FaultKind::name) != kinds.end();
}

}  // namespace

const std::vector<FaultKind>& eia_fault_kinds() {
    static const std::vector<FaultKind> all{
        {"latency", true, "the reply comes 0.2 to 0.6 s late"},
        {"429", true, "over the rate limit, without a hint when to come back"},
        {"429-wait", true, "the same with Retry-After: 1"},
        {"503", true, "an HTML page of a gateway"},
        {"suspended", true,
         "403: the key is suspended for going over the rate limit, for all requests of the next second"},
        {"not-found-500", false, "HTTP 500 around \"code\":404, as for a route that does not exist"},
        {"reset", true, "the connection is reset in the middle of the body"},
        {"truncated", true, "half of the JSON, with the length of that half"},
        {"length", true, "Content-Length is 7 more or less than the body"},
        {"trickle", true, "the body comes in ten pieces within a second"},
        {"stale", true, "keep-alive is promised, and the connection closed behind the reply"},
        {"gzip", true, "the gzip body is damaged (to clients that accept gzip)"},
        {"moved-total", true, "the total is off by 1 to 9 rows, on this page alone"},
        {"duplicates", true, "one row in twenty comes twice, and total counts it twice"},
        {"conflict", false, "one row in twenty comes twice, with different values"},
        {"shuffled", true, "the rows of the page come in an order of chance"},
        {"missing", true, "up to three rows that total counts are not in the page"},
        {"numbers", true, "total and values are JSON numbers, as before 2.1.6"},
        {"nulls", false, "one value in twenty is null, the same ones whenever asked"},
        {"new-fuel", false, "fuel-type-data has a fuel that nobody knows, NEW"},
    };
    return all;
}

const std::vector<FaultKind>& oasis_fault_kinds() {
    static const std::vector<FaultKind> all{
        {"429", true, "HTML that asks for a pause of 5 seconds"},
        {codes, false, "that error in INVALID_REQUEST.xml; 1003, 1008, 1010 and 1015 pass and heal"},
        {"503", true, "an HTML page of a gateway"},
        {"redirect", true, "302 to the same address"},
        {"truncated", true, "half of the zip"},
        {"damaged", true, "bytes of the zip are turned over"},
        {"unsorted", true, "the rows come in an order of chance"},
        {"duplicates", true, "one row in twenty comes twice"},
        {"conflict", false, "one row in twenty comes twice, with different values"},
        {"latency", true, "the reply comes 0.2 to 0.6 s late"},
        {"reset", true, "the connection is reset in the middle of the body"},
        {"length", true, "Content-Length is 7 more or less than the body"},
        {"trickle", true, "the body comes in ten pieces within a second"},
        {"stale", true, "keep-alive is promised, and the connection closed behind the reply"},
    };
    return all;
}

EiaFault EiaFault::parse(const std::string& text) {
    const auto parsed = source::parse(text);
    if (!parsed || !knows(eia_fault_kinds(), parsed->kind))
        throw ConfigError(fmt::format("fault '{}': expected {}, with /N for every N-th request, such as 503/3", text,
                                      names_of(eia_fault_kinds())));
    return {parsed->kind, parsed->every};
}

OasisFault OasisFault::parse(const std::string& text) {
    const auto parsed = source::parse(text);
    const bool is_code = parsed && parsed->kind.size() == 4 && parsed->kind >= "1000" && parsed->kind <= "1016";
    if (!parsed || !(is_code || knows(oasis_fault_kinds(), parsed->kind)))
        throw ConfigError(fmt::format("OASIS fault '{}': expected {}, with /N for every N-th request, such as 1014/3",
                                      text, names_of(oasis_fault_kinds())));
    return {parsed->kind, parsed->every};
}

}  // namespace gridring::source
