// SPDX-License-Identifier: MIT
#include "gridring/observe/dashboard.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/host.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/core/log.hpp"
#include "gridring/net/url.hpp"
#include "observe/assets.hpp"
#include "observe/gate.hpp"
#include "observe/page.hpp"
#include "observe/run_list.hpp"
#include "observe/run_watch.hpp"

namespace gridring::observe {
namespace {

namespace fs = std::filesystem;
using net::Request, net::Response, net::WebSocket;
using nlohmann::json;
using namespace std::chrono_literals;

constexpr auto look_every = 500ms;
constexpr double heartbeat = 3;  // [s] between messages without news: ages on the page go on
constexpr int looks_a_list = 4;  // the list of runs is older, at most, by so many looks

Response file(std::string body, const char* type) {
    Response response;
    response.body = std::move(body);
    response.content_type = type;
    return response;
}

/// Not one address of this machine, but all.
bool is_any(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

/// One open page and the version of its run that it was sent.
struct Viewer {
    std::weak_ptr<WebSocket> socket;
    std::string run;
    std::int64_t version = 0;
    bool is_new = true;
    double sent_at = 0;
};

}  // namespace

struct Dashboard::Implementation {
    explicit Implementation(DashboardOptions given)
        : options(std::move(given)),
          gate({options.token, options.address, options.identity.has_value()}),
          server({.port = options.port, .identity = options.identity, .address = options.address},
                 [this](const Request& request) { return gate.guard(request, [&] { return answer(request); }); }),
          looker([this](const std::stop_token& stop) { look(stop); }) {}

    Response answer(const Request& request) {
        const auto path = net::path_of(request.target);
        if (path == "/") return file(std::string(asset("dashboard.html")), "text/html; charset=utf-8");
        if (path == "/page.css") return file(std::string(asset("page.css")), "text/css; charset=utf-8");
        if (path == "/chart.js") return file(std::string(asset("chart.min.js")), "text/javascript; charset=utf-8");
        if (path == "/page.js")
            return file(section_scripts() + std::string(asset("live.js")), "text/javascript; charset=utf-8");
        if (path == "/live") return live(request);
        return {404, "the dashboard is at /\n", "text/plain", {}, {}, {}, {}};
    }

    Response live(const Request& request) {
        std::string run;
        for (const auto& [name, value] : net::query_of(request.target))
            if (name == "run") run = value;
        Response response{426, "a WebSocket\n", "text/plain", {}, {}, {}, {}};
        response.on_web_socket = [this, run](std::shared_ptr<WebSocket> socket) {
            const std::lock_guard lock(mutex);
            viewers.push_back({socket, run});
            has_new_viewer = true;
            wake.notify_one();
        };
        return response;
    }

    void look(const std::stop_token& stop) {
        for (int round = 0; !stop.stop_requested(); ++round) {
            push(round % looks_a_list == 0);
            std::unique_lock lock(mutex);
            wake.wait_for(lock, stop, look_every, [&] { return std::exchange(has_new_viewer, false); });
        }
    }

    /// To every viewer what is new since it was last sent something.
    void push(bool lists_runs) {
        std::vector<Viewer> open = take_viewers();
        try {
            push_to_all(open, lists_runs);
        } catch (const std::exception& error) {  // of a file system that fails for a moment, say
            log::error(fmt::format("dashboard: {}", error.what()));
        }
        const std::lock_guard lock(mutex);
        viewers.insert(viewers.end(), open.begin(), open.end());
    }

    void push_to_all(std::vector<Viewer>& open, bool lists_runs) {
        if (open.empty()) return;
        const bool has_new = std::ranges::any_of(open, &Viewer::is_new);
        const bool is_listed = (lists_runs || has_new) && list_runs();
        for (Viewer& viewer : open)
            if (const auto socket = viewer.socket.lock()) push_to(viewer, *socket, is_listed);
    }

    std::vector<Viewer> take_viewers() {
        const std::lock_guard lock(mutex);
        std::erase_if(viewers, [](const Viewer& viewer) { return viewer.socket.expired(); });
        std::erase_if(watches, [&](const auto& watch) {
            return std::ranges::none_of(viewers, [&](const Viewer& viewer) { return viewer.run == watch.first; });
        });
        return std::exchange(viewers, {});
    }

    /// True where the list is another than before.
    bool list_runs() {
        folders = find_runs(options.folder);
        json lines = json::array();
        for (const auto& [id, folder] : folders) lines.push_back(summarise_run(id, folder, epoch_seconds()));
        return std::exchange(runs, lines) != runs;
    }

    void push_to(Viewer& viewer, WebSocket& socket, bool is_listed) {
        json message = {{"now", epoch_seconds()}};
        if (is_listed || viewer.is_new) message["runs"] = runs;
        if (viewer.is_new) message["program"] = {{"version", version()}, {"git_commit", git_commit()}};
        if (viewer.run.empty() && !folders.empty()) viewer.run = default_run();
        if (const auto folder = folders.find(viewer.run); folder != folders.end()) {
            RunWatch& watch = watches.try_emplace(viewer.run, folder->second, options.before_reading).first->second;
            watch.look();
            if (watch.version() > viewer.version) message["set"] = watch.changed_since(viewer.version);
            viewer.version = watch.version();
        }
        const bool has_news = message.size() > 1;
        if (!has_news && epoch_seconds() - viewer.sent_at < heartbeat) return;
        viewer.is_new = false;
        viewer.sent_at = epoch_seconds();
        message["run"] = viewer.run;
        socket.send(std::make_shared<const std::string>(message.dump(-1, ' ', false, json::error_handler_t::replace)));
    }

    /// That of the folder itself, or the one that last told something.
    std::string default_run() const {
        if (folders.contains(".")) return ".";
        const auto latest = std::ranges::max_element(runs, {}, [](const json& line) { return line.value("at", 0.0); });
        return (*latest)["id"];
    }

    const DashboardOptions options;
    const Gate gate;
    std::mutex mutex;  // of viewers and has_new_viewer
    std::condition_variable_any wake;
    std::vector<Viewer> viewers;
    bool has_new_viewer = false;
    // Of the thread that looks:
    std::map<std::string, fs::path> folders;
    json runs;
    std::map<std::string, RunWatch> watches;
    net::HttpServer server;
    std::jthread looker;  // last: ends before what it uses
};

Dashboard::Dashboard(DashboardOptions options) {
    if (std::error_code error; !fs::is_directory(options.folder, error))
        throw StoreError(options.folder.string(),
                         "expected the folder of a run, or one with runs in it, found none. Mend: name the run.folder "
                         "of a configuration, or the folder above it");
    self_ = std::make_unique<Implementation>(std::move(options));
}

Dashboard::~Dashboard() = default;

std::uint16_t Dashboard::port() const { return self_->server.port(); }

std::string Dashboard::url() const {
    const std::string& address = self_->options.address;
    return url_at(is_any(address) ? "localhost" : address);
}

std::optional<std::string> Dashboard::url_elsewhere() const {
    return is_any(self_->options.address) ? std::optional(url_at(host_name())) : std::nullopt;
}

std::string Dashboard::url_at(const std::string& host) const {
    const auto& options = self_->options;
    return fmt::format("{}://{}:{}/{}", options.identity ? "https" : "http",
                       host.find(':') == std::string::npos ? host : "[" + host + "]", port(),
                       options.token.empty() ? "" : "?token=" + net::percent_encode(options.token));
}

}  // namespace gridring::observe
