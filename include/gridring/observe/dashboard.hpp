// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gridring/net/http_server.hpp"

namespace gridring::observe {

struct DashboardOptions {
    std::filesystem::path folder;             ///< of one run, or one that holds several: runs/, a sweep's
    std::string address = "127.0.0.1";        ///< that it listens on
    std::uint16_t port = 0;                   ///< 0 = any free one
    std::string token;                        ///< that pages must bring; empty = none asked, for loopback alone
    std::optional<net::Identity> identity{};  ///< https with it
    /// Called with the folder of a run before those files are read that may be encrypted; what it throws is shown as
    /// the run's problem.
    std::function<void(const std::filesystem::path&)> before_reading{};
};

/// The report of a run as a live page: reads the files that runs leave behind and pushes what changed over a WebSocket.
/// Only ever reads, and nothing but the files of runs; runs need not know of it, and may be started, stopped and
/// removed at any time.
class Dashboard {
public:
    /// Listens when it returns. Throws StoreError without such a folder, HttpError when the port is taken, ConfigError
    /// where others than this machine could look on without a token.
    explicit Dashboard(DashboardOptions options);
    ~Dashboard();
    Dashboard(const Dashboard&) = delete;
    Dashboard& operator=(const Dashboard&) = delete;

    std::uint16_t port() const;
    /// To open in a browser; holds the token, where there is one. On this machine where it listens on all addresses.
    std::string url() const;
    /// The same for other machines, where it listens on all addresses.
    std::optional<std::string> url_elsewhere() const;

private:
    struct Implementation;
    std::string url_at(const std::string& host) const;
    std::unique_ptr<Implementation> self_;
};

}  // namespace gridring::observe
