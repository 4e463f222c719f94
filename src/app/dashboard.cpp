// SPDX-License-Identifier: MIT
#include "gridring/observe/dashboard.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <utility>

#include "app/api_key.hpp"
#include "app/commands.hpp"
#include "app/encryption.hpp"
#include "app/identity.hpp"
#include "app/stop_signal.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/net/secret.hpp"
#include "gridring/net/url.hpp"

namespace gridring::app {
namespace {

constexpr std::size_t shortest_token = 16;

struct Arguments {
    observe::DashboardOptions options;
    std::string folder, token_file;
    std::vector<std::string> identity;
};

/// That of the file; else, where other machines can look on, one made up for this run.
std::string token_of(const Arguments& arguments) {
    if (!arguments.token_file.empty()) {
        std::string token = read_secret(arguments.token_file, "token");
        if (token.size() < shortest_token)
            throw ConfigError(fmt::format("{}: expected a token of {} characters at least, found {}",
                                          arguments.token_file, shortest_token, token.size()));
        return token;
    }
    return net::is_loopback_address(arguments.options.address) ? "" : net::random_token();
}

void serve(Arguments arguments) {
    observe::DashboardOptions& options = arguments.options;
    options.folder = std::move(arguments.folder);
    options.token = token_of(arguments);
    options.before_reading = use_key_of_run;
    options.identity = identity_of(arguments.identity);
    if (!net::is_loopback_address(options.address) && !options.identity)
        log::warning(
            "the token and all that is shown travel as plain text; --tls CERT KEY, or a tunnel (ssh -L), hides them");
    const EndOfService end;
    const observe::Dashboard dashboard(options);
    fmt::print("dashboard: {}\n", dashboard.url());
    if (const auto url = dashboard.url_elsewhere()) fmt::print("from other machines: {}\n", *url);
    std::fflush(stdout);
    end.wait();
}

}  // namespace

void add_dashboard(CLI::App& app, Action& action) {
    auto* command =
        app.add_subcommand("dashboard", "Serves the report of a run, or of all in a folder, as a live page");
    command->footer(
        "Example: gridring dashboard runs/\n"
        "Example: gridring dashboard runs/demo --address 0.0.0.0 --port 8080 --token-file ~/.gridring-token");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("RUN_DIR", arguments->folder, "run folder, or one with run folders in it")->required();
    command->add_option("--port", arguments->options.port, "0 = any free one")->capture_default_str();
    command
        ->add_option("--address", arguments->options.address,
                     "to listen on; other than loopback, pages must bring a token")
        ->capture_default_str();
    command->add_option("--token-file", arguments->token_file,
                        "file with the token, readable by its owner alone; default: a new one with every start");
    add_identity(*command, arguments->identity);
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) { serve(*arguments); };
    });
}

}  // namespace gridring::app
