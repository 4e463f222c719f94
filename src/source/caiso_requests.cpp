// SPDX-License-Identifier: MIT
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "gridring/core/calendar.hpp"
#include "gridring/core/error.hpp"
#include "gridring/source/caiso.hpp"

namespace gridring::source {
namespace {

using std::chrono::hours;

/// The last hour of a request that begins with hour `first`. OASIS counts days by trading days, so in the window in
/// which clocks go forward 744 hours would be one too many.
Hour end_of_request(const LocalClock& clock, Hour first) {
    const Hour begin = first - hours{1}, end = begin + hours{24 * longest_oasis_days};
    const int gained = clock.at(end).utc_offset_minutes - clock.at(begin).utc_offset_minutes;
    return end - hours{std::max(0, gained / 60)};
}

std::vector<std::vector<std::string>> bundles_of(const OasisReport& report, const std::vector<std::string>& nodes) {
    if (!report.is_nodal) return {{}};
    std::vector<std::vector<std::string>> bundles;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        if (i % most_nodes_a_request == 0) bundles.emplace_back();
        bundles.back().push_back(nodes[i]);
    }
    return bundles;
}

/// "20240101T00:00-0000": the one form that OASIS takes.
std::string stamp(Hour instant) {
    const std::string text = to_string(instant);  // 2024-01-01T00
    return fmt::format("{}{}{}T{}:00-0000", text.substr(0, 4), text.substr(5, 2), text.substr(8, 2), text.substr(11));
}

}  // namespace

std::string OasisRequest::text() const {
    return fmt::format("{}{}{}, {} to {}", report->name, nodes.empty() ? "" : " of ", fmt::join(nodes, ", "),
                       to_string(first), to_string(last));
}

std::vector<OasisRequest> plan_oasis(const std::vector<const OasisReport*>& reports,
                                     const std::vector<std::string>& nodes, Hour first, Hour last) {
    expects(first <= last, "a span to plan");
    const LocalClock clock("America/Los_Angeles");
    std::vector<OasisRequest> requests;
    for (const OasisReport* report : reports)
        for (const auto& bundle : bundles_of(*report, nodes))
            for (Hour begin = first; begin <= last; begin = requests.back().last + hours{1})
                requests.push_back({report, begin, std::min(last, end_of_request(clock, begin)), bundle});
    return requests;
}

Call oasis_call(const std::string& base_url, const OasisRequest& request) {
    net::Parameters parameters{{"queryname", std::string(request.report->query)},
                               {"startdatetime", stamp(request.first - hours{1})},
                               {"enddatetime", stamp(request.last)},
                               {"version", std::to_string(request.report->version)},
                               {"market_run_id", std::string(request.report->market_run)},
                               {"resultformat", "6"}};
    if (!request.nodes.empty()) parameters.emplace_back("node", fmt::format("{}", fmt::join(request.nodes, ",")));
    net::Url url = net::parse_url(base_url);
    while (url.target.ends_with('/')) url.target.pop_back();
    url.target += "/SingleZip?" + net::to_query(parameters);
    return {std::move(url), {{"Accept", "application/zip, */*"}}};
}

}  // namespace gridring::source
