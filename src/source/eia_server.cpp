// SPDX-License-Identifier: MIT
#include "eia_server.hpp"

#include <algorithm>

#include "delays.hpp"
#include "eia_routes.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/net/secret.hpp"
#include "nested_parameters.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;

/// As the gateway in front of the API words it.
net::Response refuse_key(int status, std::string_view code, std::string_view message) {
    const json body{{"error", {{"code", code}, {"message", message}}}};
    return {status, body.dump(), "application/json", {}, {}};
}

net::Response throttle() {
    return refuse_key(429, "OVER_RATE_LIMIT", "You have exceeded your rate limit. Try again later.");
}

net::Response unavailable() { return {503, "<html><body>503 Service Unavailable</body></html>", "text/html", {}, {}}; }

net::Response suspend() {
    return refuse_key(
        403, "OVER_RATE_LIMIT",
        "Your API key has been suspended temporarily, since it exceeded its rate limit. Try again later.");
}

/// Parameters from the query, the header X-Params and the body of a POST, later ones winning.
json params_of(const net::Request& request) {
    json params = nest(net::query_of(request.target));
    const auto merge = [&](std::string_view text) {
        const json more = json::parse(text, nullptr, false);
        if (more.is_object()) params.update(more);
    };
    if (const auto header = net::find_header(request.headers, "X-Params")) merge(*header);
    if (request.method == "POST") merge(request.body);
    return params;
}

bool accepts_gzip(const net::Request& request) {
    return net::find_header(request.headers, "Accept-Encoding").value_or("").find("gzip") != std::string_view::npos;
}

/// Says so in the headers; the body stays as it is.
void mark_packed(net::Response& response) { response.headers.push_back({"Content-Encoding", "gzip"}); }

std::vector<FaultPlan::Regular> regular(const std::vector<EiaFault>& faults) {
    std::vector<FaultPlan::Regular> all;
    for (const EiaFault& fault : faults) all.push_back({fault.kind, fault.every});
    return all;
}

}  // namespace

EiaServer::EiaServer(const EmulatorOptions& options, const Grid& grid, Meter& meter)
    : options_(options),
      grid_(grid),
      meter_(meter),
      faults_(regular(options.faults), options.fault_mix, healing_kinds(eia_fault_kinds()), options.seed),
      cache_(options.publication.from ? 0 : options.cache_bytes) {}

net::Response EiaServer::serve(const net::Request& request) {
    const std::int64_t number = ++requests_;
    std::string_view path = net::path_of(request.target);
    while (path.ends_with('/')) path.remove_suffix(1);
    Fault fault;
    if (path.ends_with("/data")) {
        fault.number = ++data_requests_;
        fault.kind = faults_.due(fault.number);
        if (fault.kind == "new-fuel" && !path.ends_with("/fuel-type-data/data")) fault.kind = {};
    }
    net::Response response = answer(request, path, fault);
    response.headers.push_back({"Vary", "Accept-Encoding"});
    response.delay += delay_of(options_, number);
    return response;
}

net::Response EiaServer::answer(const net::Request& request, std::string_view path, const Fault& fault) {
    if (auto refusal = refuse_at_gateway(fault)) return std::move(*refusal);
    if (!meter_.admits()) {
        ++throttled_;
        return throttle();
    }
    if (!path.starts_with("/v2")) return refuse(404, "Not found.", 404);
    json params = params_of(request);
    if (auto refusal = check_key(request, params)) return std::move(*refusal);
    net::Response response = answer_route_with(request, path.substr(3), params, fault);
    if (path.ends_with("/data") && response.status == 200) ++data_pages_;
    return response;
}

std::optional<net::Response> EiaServer::refuse_at_gateway(const Fault& fault) {
    std::optional<net::Response> refusal;
    std::string_view kind = fault.kind;
    if (is_suspended())  // asking on does not prolong it: a mix would draw the next suspension within this one
        kind = "suspended";
    else if (kind == "suspended")
        suspended_until_ = (Clock::now() + std::chrono::seconds{1}).time_since_epoch().count();
    if (kind == "suspended") refusal = suspend();
    if (kind == "429" || kind == "429-wait") refusal = throttle();
    if (kind == "429-wait") refusal->headers.push_back({"Retry-After", "1"});
    if (kind == "503") refusal = unavailable();
    if (kind == "not-found-500") refusal = refuse(500, "Not found.", 404);
    if (refusal) {
        faults_.count(kind);
        ++faulty_;
    }
    return refusal;
}

/// On success the key is in `params`, wherever it came from: the API echoes it.
std::optional<net::Response> EiaServer::check_key(const net::Request& request, json& params) const {
    std::string key = text_of(params, "api_key", "");
    if (const auto header = net::find_header(request.headers, "X-Api-Key"); header && options_.reads_key_header)
        key = *header;
    if (key.empty())
        return refuse_key(403, "API_KEY_MISSING", "No api_key was supplied. Get one at https://www.eia.gov/opendata/");
    if (!options_.api_key.empty() && !net::is_same_secret(key, options_.api_key))
        return refuse_key(403, "API_KEY_INVALID",
                          "An invalid api_key was supplied. Get one at https://www.eia.gov/opendata/");
    params["api_key"] = key;
    return std::nullopt;
}

net::Response EiaServer::answer_route_with(const net::Request& request, std::string_view path, const json& params,
                                           const Fault& fault) {
    constexpr std::size_t least_packed = 500;
    const bool packs = accepts_gzip(request) && options_.gzip_level > 0;
    const bool is_usual = !changes_rows(fault.kind) && fault.kind != "truncated" && fault.kind != "gzip";
    // The reply echoes the parameters, key and all, so that equal ones bring equal bytes.
    const std::string key = cache_.is_on() ? (packs ? "gzip " : "plain ") + std::string(path) + to_text(params) : "";
    if (cache_.is_on() && is_usual)
        if (const auto body = cache_.find(key)) {
            ++cached_;
            net::Response response{200, *body, "application/json", {}, {}};
            if (body->starts_with("\x1f\x8b")) mark_packed(response);
            ruin(response, fault);
            return response;
        }
    const PageFault page_fault{fault.kind, mix_seed(options_.seed, 0x7AB1E), faults_.chance(fault.number).bits()};
    net::Response response = answer_route(grid_, path, params, page_fault);
    if (fault.kind == "truncated" && response.status == 200) response.body.resize(response.body.size() / 2);
    if (packs && (response.body.size() >= least_packed || fault.kind == "gzip")) {
        response.body = net::gzip(response.body, options_.gzip_level);
        mark_packed(response);
    }
    if (cache_.is_on() && is_usual && response.status == 200) cache_.keep(key, response.body);
    ruin(response, fault);
    return response;
}

/// What a fault does to a finished reply; good replies alone are ruined, and counted.
void EiaServer::ruin(net::Response& response, const Fault& fault) {
    if (fault.kind.empty() || response.status != 200) return;
    Random chance = faults_.chance(fault.number);
    const bool is_packed = response.body.starts_with("\x1f\x8b");
    if (fault.kind == "gzip" && !is_packed) return;
    if (fault.kind == "gzip") damage(response.body);
    ruin_transport(response, fault.kind, chance);
    faults_.count(fault.kind);
    ++faulty_;
}

void EiaServer::add_to(EmulatorCounters& counters) const {
    counters.requests = requests_;
    counters.data_requests = data_requests_;
    counters.data_pages = data_pages_;
    counters.throttled += throttled_;
    counters.faults = faulty_;
    counters.cached = cached_;
    counters.fault_kinds = faults_.counts();
}

}  // namespace gridring::source
