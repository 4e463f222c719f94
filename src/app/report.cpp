// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "app/encryption.hpp"
#include "gridring/core/error.hpp"
#include "gridring/observe/report.hpp"

namespace gridring::app {

void add_report(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("report", "Writes one self-contained HTML page from a run folder or a sweep's");
    command->footer("Example: gridring report runs/demo");
    struct Arguments {
        std::string folder, html;
    };
    auto arguments = std::make_shared<Arguments>();
    command->add_option("RUN_DIR", arguments->folder, "run folder, or a sweep's")->required();
    command->add_option("-o,--output", arguments->html, "default: RUN_DIR/report.html");
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) {
            const std::filesystem::path html = arguments->html.empty()
                                                   ? std::filesystem::path(arguments->folder) / "report.html"
                                                   : std::filesystem::path(arguments->html);
            const std::filesystem::path folder = arguments->folder;
            use_key_of_run(folder);
            if (arguments->html.empty() && is_encrypted_run(folder))
                throw ConfigError(
                    fmt::format("{}: its report would show in plain what is encrypted there. Mend: say where "
                                "it is to go, with -o",
                                folder.string()));
            const bool is_sweep =
                std::filesystem::exists(folder / "sweep.csv") && !std::filesystem::exists(folder / "run.json");
            is_sweep ? observe::write_sweep_report(folder, html) : observe::write_report(folder, html);
            fmt::print("report: {}\n", std::filesystem::absolute(html).string());
        };
    });
}

}  // namespace gridring::app
