// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "gridring/net/http_server.hpp"

namespace CLI {
class App;
}

namespace gridring::app {

/// Adds --tls CERT KEY, which `files` must outlive.
void add_identity(CLI::App& command, std::vector<std::string>& files);
/// What it named, if anything; warns of a key that anybody on this machine may read.
std::optional<net::Identity> identity_of(const std::vector<std::string>& files);

}  // namespace gridring::app
