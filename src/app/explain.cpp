// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/model_entry.hpp"
#include "app/run_folder.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    fs::path folder;
    ContestArguments contest;
    std::int64_t every = 7;
    fs::path csv;
};

void thin(Origins& origins, std::int64_t every) {
    for (auto& list : origins) {
        std::vector<std::int64_t> kept;
        for (std::size_t at = 0; at < list.size(); at += static_cast<std::size_t>(every)) kept.push_back(list[at]);
        list = std::move(kept);
    }
}

std::string to_csv(const forecast::AttentionSpread& spread) {
    std::string text = "layer,head,hours_before,share,even_share\n";
    for (std::int64_t layer = 0; layer < spread.layers; ++layer)
        for (std::int64_t head = 0; head < spread.heads; ++head)
            for (std::int64_t hour = 0; hour < spread.hours; ++hour) {
                const auto at = static_cast<std::size_t>((layer * spread.heads + head) * spread.hours + hour);
                text += fmt::format("{},{},{},{:.6g},{:.6g}\n", layer + 1, head + 1, hour, spread.shares[at],
                                    spread.even[static_cast<std::size_t>(hour)]);
            }
    return text;
}

void explain(const comm::Communicator& world, Arguments arguments) {
    if (world.size() > 1)
        throw ConfigError(fmt::format("explain: expected one rank, found {}; start it without mpirun", world.size()));
    if (arguments.contest.data.empty()) arguments.contest.data = arguments.folder / "series.h5";
    RunOnFolder run(world, settings_of_run(world, arguments.folder), arguments.contest);
    Origins origins = origins_of(arguments.contest, run.data(), test_days(arguments.contest));
    thin(origins, arguments.every);
    const auto spread = run.attention_spread(origins);
    fmt::print("attention of {} origins, in percent, by layer.head\n{}", spread.origins, forecast::to_text(spread));
    if (arguments.csv.empty()) return;
    write_file_atomically(arguments.csv, to_csv(spread));
    fmt::print("hour by hour: {}\n", arguments.csv.string());
}

}  // namespace

void add_explain(CLI::App& app, Action& action) {
    auto* command =
        app.add_subcommand("explain", "What a trained model looks at: its attention by hours before the origin");
    command->footer("Example: gridring explain runs/demand --data DIR --from 2019-01-01 --to 2019-12-31");
    auto arguments = std::make_shared<Arguments>();
    auto& contest = arguments->contest;
    command->add_option("RUN_DIR", arguments->folder, "run folder")->required();
    command->add_option("--data", contest.data,
                        "folder of CSV files or series.h5, as for evaluate; default: the run's own");
    command->add_option("--from", contest.from, "first local day to forecast")->required();
    command->add_option("--to", contest.to, "last local day to forecast")->required();
    command->add_option("--regions", contest.regions, "default: all of the data")
        ->delimiter(',')
        ->allow_extra_args(false);
    command->add_option("--origins", contest.origins, "midnight-local or day-ahead")
        ->check(CLI::IsMember({"midnight-local", "day-ahead"}))
        ->capture_default_str();
    command->add_option("--context", contest.context_hours, "hours that each origin sees, as for evaluate")
        ->check(CLI::Range(1, 10'000'000));
    command->add_option("--every", arguments->every, "look at every so manieth day")
        ->check(CLI::Range(1, 366))
        ->capture_default_str();
    command->add_option("-o,--output", arguments->csv, "CSV of every hour; default: none is written");
    command->callback([&action, arguments] {
        arguments->contest.command = action.command;
        action.run = [arguments](const comm::Communicator* world) { explain(*world, *arguments); };
    });
}

}  // namespace gridring::app
