// SPDX-License-Identifier: MIT
#include "oasis_server.hpp"

#include <fmt/format.h>

#include "delays.hpp"
#include "oasis_routes.hpp"

namespace gridring::source {
namespace {

std::vector<FaultPlan::Regular> regular(const std::vector<OasisFault>& faults) {
    std::vector<FaultPlan::Regular> all;
    for (const OasisFault& fault : faults) all.push_back({fault.kind, fault.every});
    return all;
}

/// The error codes of passing trouble count one by one.
std::vector<std::string> mix() {
    std::vector<std::string> kinds = healing_kinds(oasis_fault_kinds());
    for (const char* code : {"1003", "1008", "1010", "1015"}) kinds.emplace_back(code);
    return kinds;
}

net::Response html(int status, std::string_view words) {
    return {status, fmt::format("<html><body>{} {}</body></html>", status, words), "text/html", {}, {}};
}

/// To the address that was asked for, as OASIS sends callers from http to https.
net::Response redirect(const net::Request& request, bool is_tls) {
    net::Response response = html(302, "Found");
    const auto host = net::find_header(request.headers, "Host");
    response.headers.push_back(
        {"Location",
         host ? fmt::format("{}://{}{}", is_tls ? "https" : "http", *host, request.target) : request.target});
    return response;
}

}  // namespace

OasisServer::OasisServer(const EmulatorOptions& options, const Grid& grid, Meter& meter)
    : options_(options),
      grid_(grid),
      meter_(meter),
      faults_(regular(options.oasis_faults), options.oasis_fault_mix, mix(), mix_seed(options.seed, 0x0A515)) {}

net::Response OasisServer::serve(const net::Request& request) {
    const std::int64_t number = ++requests_;
    const std::string_view fault = faults_.due(number);
    if (!fault.empty()) {
        faults_.count(fault);
        ++faulty_;
    }
    if (!meter_.admits()) {
        ++throttled_;
        return oasis_throttled(options_.oasis_patience);
    }
    net::Response response = answer(request, fault, number);
    response.delay += delay_of(options_, number);
    return response;
}

net::Response OasisServer::answer(const net::Request& request, std::string_view fault, std::int64_t number) const {
    if (fault == "429") return oasis_throttled(options_.oasis_patience);
    if (fault == "503") return html(503, "Service Unavailable");
    if (fault == "redirect") return redirect(request, options_.identity.has_value());
    if (fault.starts_with('1')) return oasis_error(std::stoi(std::string(fault)));
    if (net::path_of(request.target) != "/oasisapi/SingleZip") return html(404, "Not Found");
    Random chance = faults_.chance(number);
    net::Response response = answer_oasis(grid_, request.target, options_.oasis_from, {fault, chance.bits()});
    if (fault == "truncated") response.body.resize(response.body.size() / 2);
    if (fault == "damaged") damage(response.body);
    ruin_transport(response, fault, chance);
    return response;
}

void OasisServer::add_to(EmulatorCounters& counters) const {
    counters.oasis_requests = requests_;
    counters.oasis_faults = faulty_;
    counters.throttled += throttled_;
    counters.oasis_fault_kinds = faults_.counts();
}

}  // namespace gridring::source
