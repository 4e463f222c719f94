// SPDX-License-Identifier: MIT
#include "gridring/source/emulator.hpp"

#include <fmt/format.h>

#include <chrono>
#include "eia_server.hpp"
#include "gridring/core/error.hpp"
#include "gridring/net/url.hpp"
#include "meter.hpp"
#include "oasis_server.hpp"

namespace gridring::source {
namespace {

const EmulatorOptions& checked(const EmulatorOptions& options) {
    if (options.gzip_level < 0 || options.gzip_level > 9)
        throw ConfigError(fmt::format("gzip level: expected 0 (none) to 9 (small), found {}", options.gzip_level));
    return options;
}

Grid grid_of(const EmulatorOptions& options) {
    Grid grid =
        options.data.empty() ? synthetic_grid(options.seed, options.first, options.last) : read_csv_grid(options.data);
    grid.publication = options.publication;
    if (grid.publication.started_at == 0) grid.publication.started_at = epoch_seconds();
    return grid;
}

net::ServerOptions server_options(const EmulatorOptions& options) {
    net::ServerOptions of_server;
    of_server.port = options.port;
    of_server.threads = options.threads;
    of_server.identity = options.identity;
    return of_server;
}

}  // namespace

struct Emulator::State {
    explicit State(const EmulatorOptions& given)
        : options(checked(given)),
          grid(grid_of(options)),
          meter(options.requests_per_second),
          eia(options, grid, meter),
          oasis(options, grid, meter),
          server(server_options(options), [this](const net::Request& request) { return serve(request); }) {}

    net::Response serve(const net::Request& request) {
        return net::path_of(request.target).starts_with("/oasisapi") ? oasis.serve(request) : eia.serve(request);
    }

    std::string address() const {
        return fmt::format("{}://127.0.0.1:{}", options.identity ? "https" : "http", server.port());
    }

    const EmulatorOptions options;
    const Grid grid;
    Meter meter;
    EiaServer eia;
    OasisServer oasis;
    net::HttpServer server;  // last: it calls the others until it is gone
};

Emulator::Emulator(const EmulatorOptions& options) : state_(std::make_unique<State>(options)) {}
Emulator::~Emulator() = default;

std::string Emulator::url() const { return state_->address() + "/v2"; }
std::string Emulator::oasis_url() const { return state_->address() + "/oasisapi"; }
const Grid& Emulator::grid() const { return state_->grid; }
net::Response Emulator::answer(const net::Request& request) const { return state_->serve(request); }
EmulatorCounters Emulator::counters() const {
    EmulatorCounters counters;
    state_->eia.add_to(counters);
    state_->oasis.add_to(counters);
    return counters;
}
void Emulator::stop() { state_->server.stop(); }

}  // namespace gridring::source
