// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>

#include "app/commands.hpp"
#include "app/encryption.hpp"
#include "app/inspection.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

struct Arguments {
    std::string file, against;
    bool is_json = false;
};

Inspection inspect(const Arguments& arguments) {
    const fs::path path = arguments.file;
    Inspection inspection;
    inspection.file = fs::is_directory(path) ? path / "series.h5" : path;
    use_key_of_folder(inspection.file);
    inspection.series = store::read_series(inspection.file);
    for (const store::SeriesVariable& variable : inspection.series.variables) {
        auto& facts = inspection.facts.emplace_back();
        for (std::size_t region = 0; region < inspection.series.regions.size(); ++region)
            facts.push_back(facts_of(inspection.series, variable, region));
    }
    inspection.misalignments = series::audit_alignment(inspection.series);
    if (!arguments.against.empty()) inspection.labels = score_against_labels(inspection.series, arguments.against);
    return inspection;
}

}  // namespace

void add_inspect(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("inspect", "What is in a series file: spans, gaps, flags, sparklines, shifts");
    command->footer("Example: gridring inspect runs/demo/series.h5");
    auto arguments = std::make_shared<Arguments>();
    command->add_option("FILE", arguments->file, "series.h5, or a run folder")->required();
    command->add_flag("--json", arguments->is_json, "the same for programs");
    command->add_option(
        "--against", arguments->against,
        "folder of <REGION>.csv[.gz] with columns period and anomaly: precision and recall of the flags");
    command->callback([&action, arguments] {
        action.needs_mpi = false;
        action.run = [arguments](const comm::Communicator*) {
            const Inspection inspection = inspect(*arguments);
            fmt::print("{}", arguments->is_json ? to_json(inspection) : to_text(inspection));
        };
    });
}

}  // namespace gridring::app
