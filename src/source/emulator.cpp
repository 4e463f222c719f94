// SPDX-License-Identifier: MIT
#include "gridring/source/emulator.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <mutex>
#include <optional>

#include "eia_routes.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/random.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/net/http_server.hpp"
#include "nested_parameters.hpp"
#include "oasis_routes.hpp"

namespace gridring::source {
namespace {

using json = nlohmann::ordered_json;
using Clock = std::chrono::steady_clock;

/// As the gateway in front of the API words it.
net::Response refuse_key(int status, std::string_view code, std::string_view message) {
    const json body{{"error", {{"code", code}, {"message", message}}}};
    return {status, body.dump(), "application/json", {}, {}};
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

void pack(net::Response& response, const net::Request& request) {
    const auto accepted = net::find_header(request.headers, "Accept-Encoding").value_or("");
    response.headers.push_back({"Vary", "Accept-Encoding"});
    if (accepted.find("gzip") == std::string_view::npos || response.body.size() < 500) return;
    response.body = net::gzip(response.body, 1);  // loopback: speed before size
    response.headers.push_back({"Content-Encoding", "gzip"});
}

/// A second's worth of requests at once, and so many a second in the long run.
class Meter {
public:
    explicit Meter(double per_second)
        : per_second_(per_second), capacity_(std::max(per_second, 1.0)), allowance_(capacity_) {}
    bool admits() {
        if (per_second_ <= 0) return true;
        const std::lock_guard lock(mutex_);
        const auto now = Clock::now();
        allowance_ = std::min(capacity_, allowance_ + per_second_ * std::chrono::duration<double>(now - then_).count());
        then_ = now;
        if (allowance_ < 1) return false;
        allowance_ -= 1;
        return true;
    }

private:
    double per_second_, capacity_, allowance_;
    Clock::time_point then_ = Clock::now();
    std::mutex mutex_;
};

}  // namespace

OasisFault OasisFault::parse(const std::string& text) {
    const auto slash = text.find('/');
    OasisFault fault{text.substr(0, slash), 1};
    const bool is_code = fault.kind.size() == 4 && fault.kind >= "1000" && fault.kind <= "1016";
    const auto kinds = {"429", "truncated", "delayed", "unsorted"};
    bool is_good = is_code || std::ranges::find(kinds, fault.kind) != kinds.end();
    if (slash != std::string::npos) {
        const char* end = text.data() + text.size();
        const auto [at, problem] = std::from_chars(text.data() + slash + 1, end, fault.every);
        is_good = is_good && problem == std::errc{} && at == end && fault.every >= 1;
    }
    if (!is_good)
        throw ConfigError(
            fmt::format("OASIS fault '{}': expected 429, 1000 to 1016, truncated, delayed or unsorted, with /N "
                        "for every N-th request, such as 1014/3",
                        text));
    return fault;
}

struct Emulator::State {
    explicit State(const EmulatorOptions& given)
        : options(given),
          grid(options.data.empty() ? synthetic_grid(options.seed, options.first, options.last)
                                    : read_csv_grid(options.data)),
          meter(options.requests_per_second),
          server({.port = options.port}, [this](const net::Request& request) { return serve(request); }) {}

    net::Response serve(const net::Request& request) {
        if (net::path_of(request.target).starts_with("/oasisapi")) return serve_oasis(request);
        net::Response response = answer(request);
        pack(response, request);
        response.delay = options.latency;
        return response;
    }

    net::Response answer(const net::Request& request) {
        const std::int64_t number = ++requests;
        if (options.fault_every > 0 && number % options.fault_every == 0) {
            ++faults;
            return {503, "<html><body>503 Service Unavailable</body></html>", "text/html", {}, {}};
        }
        if (!meter.admits()) {
            ++throttled;
            return refuse_key(429, "OVER_RATE_LIMIT", "You have exceeded your rate limit. Try again later.");
        }
        std::string_view path = net::path_of(request.target);
        while (path.ends_with('/')) path.remove_suffix(1);
        if (!path.starts_with("/v2")) return refuse(404, "Not found.", 404);
        json params = params_of(request);
        if (auto refusal = check_key(request, params)) return std::move(*refusal);
        net::Response response = answer_route(grid, path.substr(3), params);
        if (path.ends_with("/data") && response.status == 200) ++data_pages;
        return response;
    }

    net::Response serve_oasis(const net::Request& request) {
        const std::int64_t number = ++oasis_requests;
        const auto due = std::ranges::find_if(options.oasis_faults,
                                              [&](const OasisFault& fault) { return number % fault.every == 0; });
        const std::string kind = due == options.oasis_faults.end() ? "" : due->kind;
        if (!kind.empty()) ++oasis_faults;
        if (!meter.admits()) {
            ++throttled;
            return oasis_throttled(options.oasis_patience);
        }
        net::Response response = answer_oasis_request(request, kind, static_cast<std::uint64_t>(number));
        response.delay += options.latency;
        return response;
    }

    net::Response answer_oasis_request(const net::Request& request, const std::string& fault,
                                       std::uint64_t number) const {
        if (fault == "429") return oasis_throttled(options.oasis_patience);
        if (fault.starts_with('1')) return oasis_error(std::stoi(fault));
        if (net::path_of(request.target) != "/oasisapi/SingleZip")
            return {404, "<html><body>404 Not Found</body></html>", "text/html", {}, {}};
        const auto shuffle = fault == "unsorted" ? std::optional(mix_seed(options.seed, number)) : std::nullopt;
        net::Response response = answer_oasis(grid, request.target, options.oasis_from, shuffle);
        if (fault == "truncated") response.body.resize(response.body.size() / 2);
        if (fault == "delayed") response.delay = std::chrono::seconds{3};
        return response;
    }

    /// On success the key is in `params`, wherever it came from: the API echoes it.
    std::optional<net::Response> check_key(const net::Request& request, json& params) const {
        std::string key = text_of(params, "api_key", "");
        if (const auto header = net::find_header(request.headers, "X-Api-Key"); header && options.reads_key_header)
            key = *header;
        if (key.empty())
            return refuse_key(403, "API_KEY_MISSING",
                              "No api_key was supplied. Get one at https://www.eia.gov/opendata/");
        if (!options.api_key.empty() && key != options.api_key)
            return refuse_key(403, "API_KEY_INVALID",
                              "An invalid api_key was supplied. Get one at https://www.eia.gov/opendata/");
        params["api_key"] = key;
        return std::nullopt;
    }

    const EmulatorOptions options;
    const Grid grid;
    Meter meter;
    std::atomic<std::int64_t> requests = 0, data_pages = 0, throttled = 0, faults = 0, oasis_requests = 0,
                              oasis_faults = 0;
    net::HttpServer server;  // last: it calls the others until it is gone
};

Emulator::Emulator(const EmulatorOptions& options) : state_(std::make_unique<State>(options)) {}
Emulator::~Emulator() = default;

std::string Emulator::url() const { return fmt::format("http://127.0.0.1:{}/v2", state_->server.port()); }
std::string Emulator::oasis_url() const { return fmt::format("http://127.0.0.1:{}/oasisapi", state_->server.port()); }
const Grid& Emulator::grid() const { return state_->grid; }
EmulatorCounters Emulator::counters() const {
    return {state_->requests, state_->data_pages,     state_->throttled,
            state_->faults,   state_->oasis_requests, state_->oasis_faults};
}
void Emulator::stop() { state_->server.stop(); }

}  // namespace gridring::source
