// SPDX-License-Identifier: MIT
#pragma once

#include <unistd.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <variant>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/log.hpp"
#include "gridring/extract/extract.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/net/http_client.hpp"
#include "gridring/net/http_server.hpp"
#include "gridring/source/emulator.hpp"

namespace test {

using namespace gridring;

inline const std::string secret = "k3y-that-must-never-leak";

/// A folder of its own, and options that are quick on loopback.
class Workplace {
public:
    Workplace() : folder_(std::filesystem::temp_directory_path() / ("gridring-extract-" + std::to_string(getpid()))) {
        std::filesystem::remove_all(folder_);
        log::set_level(log::Level::error);
    }
    ~Workplace() { std::filesystem::remove_all(folder_); }
    const std::filesystem::path& folder() const { return folder_; }

    extract::Options options(const std::string& url) const {
        extract::Options options;
        options.base_url = url;
        options.is_direct = true;
        options.identity = "the grid of this test";  // whatever its port
        options.regions = {"PACW", "CISO"};
        options.from = *parse_hour("2016-01-01T00");
        options.to = *parse_hour("2016-01-31T23");
        options.folder = folder_;
        options.requests_per_second = 10'000;
        options.burst = 100;
        options.requests_per_hour = 1'000'000;
        options.backoff = std::chrono::milliseconds{1};
        return options;
    }

private:
    std::filesystem::path folder_;
};

inline source::EmulatorOptions january() {
    source::EmulatorOptions options;
    options.first = *parse_hour("2016-01-01T00");
    options.last = *parse_hour("2016-01-31T23");
    options.api_key = secret;
    return options;
}

/// Stands between the client and an emulator and may change what comes back.
class Meddler {
public:
    /// `edit` sees the target of each request and its number, from 0.
    using Edit = std::function<void(net::Response&, const std::string& target, int number)>;
    Meddler(const source::Emulator& emulator, Edit edit)
        : upstream_(net::parse_url(emulator.url())),
          edit_(std::move(edit)),
          server_({}, [this](const net::Request& request) { return forward(request); }) {}
    std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()) + "/v2"; }

private:
    net::Response forward(const net::Request& request) {
        net::Url url = upstream_;
        url.target = request.target;
        const auto key = net::find_header(request.headers, "X-Api-Key").value_or("");
        const auto result = client_.get(url, {{"X-Api-Key", std::string(key)}});
        const auto& reply = std::get<net::Reply>(result);
        net::Response response{reply.status, reply.body, "application/json", {}, {}};
        edit_(response, request.target, number_++);
        return response;
    }

    net::Url upstream_;
    Edit edit_;
    net::HttpClient client_;
    std::atomic<int> number_ = 0;
    net::HttpServer server_;
};

/// Replaces the first `from` in `text`; true when it was there.
inline bool replace_first(std::string& text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at != std::string::npos) text.replace(at, from.size(), to);
    return at != std::string::npos;
}

}  // namespace test
