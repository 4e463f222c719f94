// SPDX-License-Identifier: MIT
#include "gridring/extract/import.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "app/commands.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/hours.hpp"

namespace gridring::app {
namespace {

struct Arguments {
    std::vector<std::string> inputs;
    std::string series, from, to;
    extract::ImportOptions options;
};

void import_files(Arguments& arguments, const std::string& command) {
    extract::ImportOptions& options = arguments.options;
    options.inputs.assign(arguments.inputs.begin(), arguments.inputs.end());
    options.series = arguments.series;
    if (!arguments.from.empty()) options.from = require_hour(arguments.from, "--from");
    if (!arguments.to.empty()) options.to = require_hour(arguments.to, "--to");
    options.history = fmt::format("gridring {} ({}) {}", version(), git_commit(), command);
    fmt::print("{}\n", extract::to_text(extract::run_import(options)));
    std::fflush(stdout);
}

}  // namespace

void add_import(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand(
        "import", "Brings EIA's bulk files (EIA-930 BALANCE and INTERCHANGE, EBA) and plain CSV into a series file");
    command->footer(
        "Kinds are told apart by their first line; .gz and .zip are unpacked on the way.\n"
        "Example: gridring import EIA930_BALANCE_2023_Jan_Jun.csv EIA930_BALANCE_2023_Jul_Dec.csv -o series.h5 "
        "--regions PACW,CISO");
    auto arguments = std::make_shared<Arguments>();
    auto& options = arguments->options;
    command->add_option("FILES", arguments->inputs, "files, and folders of them")->required();
    command->add_option("-o,--output", arguments->series, "the series file to write")->required();
    command->add_option("--from", arguments->from, "first hour (UTC, hour ending), inclusive; default: of the files");
    command->add_option("--to", arguments->to, "last hour, inclusive");
    command->add_option("--regions", options.regions, "these alone, in this order, such as PACW,CISO")->delimiter(',');
    command->add_option("--variables", options.variables, "these alone, such as demand,demand_forecast,generation_sun")
        ->delimiter(',');
    command->add_flag("--adjusted", options.has_adjusted, "EIA's adjusted values too, as demand_adjusted and so on");
    command->add_flag("--fresh", options.may_replace, "replace an existing series file");
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [&action, arguments](const comm::Communicator*) { import_files(*arguments, action.command); };
    });
}

}  // namespace gridring::app
