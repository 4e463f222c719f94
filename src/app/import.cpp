// SPDX-License-Identifier: MIT
#include "gridring/extract/import.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iterator>
#include <memory>
#include <optional>

#include "app/commands.hpp"
#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/source/own_table.hpp"

namespace gridring::app {
namespace {

struct Arguments {
    std::vector<std::string> inputs;
    std::string series, from, to;
    std::string labels, unit, date_order, decimal = ".";
    std::vector<std::string> covariates;
    source::OwnLayout own;
    std::vector<CLI::Option*> own_options;  ///< any of which says that the files are of the user's own
    extract::ImportOptions options;
};

/// "temperature_c:degC".
source::OwnCovariate covariate_of(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) return {text};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

template <class Parse>
auto parsed(const char* option, const std::string& text, Parse&& parse) {
    try {
        return parse(text);
    } catch (const ConfigError& error) {
        throw ConfigError(fmt::format("{}: {}", option, error.what()));
    }
}

std::optional<source::OwnLayout> own_layout(const Arguments& arguments) {
    if (std::ranges::none_of(arguments.own_options, [](const CLI::Option* option) { return option->count() > 0; }))
        return std::nullopt;
    source::OwnLayout own = arguments.own;
    if (!arguments.labels.empty()) own.labels = parsed("--labels", arguments.labels, source::parse_row_label);
    if (!arguments.unit.empty()) own.unit = parsed("--unit", arguments.unit, source::parse_row_unit);
    if (!arguments.date_order.empty())
        own.date_order = parsed("--date-order", arguments.date_order, source::parse_date_order);
    own.decimal = arguments.decimal.front();
    std::ranges::transform(arguments.covariates, std::back_inserter(own.covariates), covariate_of);
    if (own.is_wide) own.wide_regions = arguments.options.regions;
    return own;
}

void add_own_options(CLI::App& command, Arguments& arguments) {
    constexpr const char* group = "A CSV of your own (any of these says that it is one)";
    auto& own = arguments.own;
    const auto add = [&](CLI::Option* option) {
        arguments.own_options.push_back(option->group(group));
        return option;
    };
    add(command.add_option("--time", own.time, "column of the time: 2023-01-31T13:30, 31.01.2023 13:30"))
        ->capture_default_str();
    add(command.add_option("--value", own.value, "column of the demand"))->capture_default_str();
    add(command.add_flag("--wide", own.is_wide, "every column is the demand of a region of its name"));
    add(command.add_option("--covariate", arguments.covariates,
                           "columns to keep beside it, with units behind a colon: temperature_c:degC,holiday"))
        ->delimiter(',')
        ->allow_extra_args(false);
    add(command.add_option("--name", own.region, "of the region, of a single file; default: the file's"));
    add(command.add_option("--time-zone", own.time_zone, "of the region, and of the file's times: Europe/Berlin"));
    add(command.add_option("--clock", own.clock, "of the file's times where it is another: UTC"));
    add(command.add_option("--labels", arguments.labels,
                           "what a row's time names: beginning or ending of its interval"));
    add(command.add_option("--unit", arguments.unit, "of the demand: mw (default), kw, mwh-per-row, kwh-per-row"));
    add(command.add_option("--decimal", arguments.decimal, "point or comma of its numbers"))
        ->check(CLI::IsMember({".", ","}));
    add(command.add_option("--date-order", arguments.date_order, "of dates such as 3/4/2023: dmy or mdy"));
}

void import_files(Arguments& arguments, const std::string& command) {
    extract::ImportOptions& options = arguments.options;
    options.inputs.assign(arguments.inputs.begin(), arguments.inputs.end());
    options.series = arguments.series;
    options.own = own_layout(arguments);
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
        "Examples: gridring import EIA930_BALANCE_2023_Jan_Jun.csv EIA930_BALANCE_2023_Jul_Dec.csv -o series.h5 "
        "--regions PACW,CISO\n"
        "          gridring import town.csv -o series.h5 --time Zeit --value Last_MW --time-zone Europe/Berlin "
        "--labels beginning");
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
    add_own_options(*command, *arguments);
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [&action, arguments](const comm::Communicator*) { import_files(*arguments, action.command); };
    });
}

}  // namespace gridring::app
