// SPDX-License-Identifier: MIT
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "app/commands.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::app {
namespace {

struct Arguments {
    std::string file, output, key_file;
};

using Change = void (*)(const std::filesystem::path& from, const std::filesystem::path& to);

void add_change(CLI::App& app, Action& action, const char* name, const char* help, Change change) {
    auto* command = app.add_subcommand(name, help);
    command->footer(
        fmt::format("The key file is --key-file, else what GRIDRING_ENCRYPTION_KEY_FILE names.\n"
                    "Example: gridring {} runs/demo/series.h5 -o series.h5 --key-file grid.key",
                    name));
    auto arguments = std::make_shared<Arguments>();
    command->add_option("FILE", arguments->file, "any file; series.h5, checkpoint.h5, raw pages, …")->required();
    command->add_option("-o,--output", arguments->output, "the file to write; FILE itself is replaced")->required();
    command->add_option("--key-file", arguments->key_file, "made by `gridring key`, mode 600");
    command->callback([&action, arguments, change] {
        action.needs_mpi = false;
        action.run = [arguments, change](const comm::Communicator*) {
            if (!arguments->key_file.empty()) store::use_key(store::EncryptionKey::read(arguments->key_file));
            change(arguments->file, arguments->output);
        };
    });
}

}  // namespace

void add_key(CLI::App& app, Action& action) {
    auto* command = app.add_subcommand("key", "Makes a key for the encryption of files at rest");
    command->footer(
        "Name the file in run.encryption_key_file, or in GRIDRING_ENCRYPTION_KEY_FILE for all commands. Without it "
        "what\n"
        "was encrypted is lost: keep a copy, and not beside the data.\n"
        "Example: gridring key ~/.config/gridring/grid.key");
    auto file = std::make_shared<std::string>();
    command->add_option("FILE", *file, "a new file, readable by you alone")->required();
    command->callback([&action, file] {
        action.needs_mpi = false;
        action.run = [file](const comm::Communicator*) {
            store::make_key_file(*file);
            fmt::print("key {}: {}\n", store::EncryptionKey::read(*file).id(), *file);
        };
    });
}

void add_encrypt(CLI::App& app, Action& action) {
    add_change(app, action, "encrypt", "Encrypts a file, as runs with a key do by themselves", store::encrypt_file);
}

void add_decrypt(CLI::App& app, Action& action) {
    add_change(app, action, "decrypt", "Gives an encrypted file back in plain, for xarray and others",
               store::decrypt_file);
}

}  // namespace gridring::app
