// SPDX-License-Identifier: MIT
#include "app/identity.hpp"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>

#include "gridring/core/log.hpp"

namespace gridring::app {

void add_identity(CLI::App& command, std::vector<std::string>& files) {
    command.add_option("--tls", files, "PEM files of the certificate and its key: serves https")
        ->type_name("CERT KEY")
        ->expected(2);
}

std::optional<net::Identity> identity_of(const std::vector<std::string>& files) {
    if (files.size() != 2) return std::nullopt;
    std::error_code error;
    const auto permissions = std::filesystem::status(files[1], error).permissions();
    if (!error && (permissions & std::filesystem::perms::others_read) != std::filesystem::perms::none)
        log::warning(
            fmt::format("{}: anybody on this machine may read this key. Mend: chmod 600 {}", files[1], files[1]));
    return net::Identity{files[0], files[1]};
}

}  // namespace gridring::app
