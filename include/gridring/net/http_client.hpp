// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <variant>

#include "gridring/net/message.hpp"
#include "gridring/net/proxies.hpp"
#include "gridring/net/url.hpp"

namespace gridring::net {

/// How long each step of one call may take as a whole; a peer that sends a byte now and then gains nothing by it. A
/// proxy has the time of `connect` once more for its own connection to the origin.
struct Deadlines {
    std::chrono::milliseconds resolve{5'000}, connect{10'000}, handshake{10'000}, send{10'000}, receive{120'000};
};

struct ClientOptions {
    Deadlines deadlines;
    std::size_t max_header_bytes = 64 << 10;
    std::size_t max_body_bytes = 64 << 20;  ///< as sent and, of a gzip body, as unpacked
    std::filesystem::path ca_file;          ///< PEM certificates trusted beside those of the system; empty = none
    std::string user_agent = "gridring";
    bool keeps_packed = false;                        ///< a gzip body comes in Reply::packed as well
    std::size_t max_idle = 32;                        ///< connections kept for later calls; the oldest make room
    std::chrono::milliseconds max_idle_time{60'000};  ///< before firewalls on the way forget them
    /// The environment's unless replaced; {} for none. The environment is read, and may be refused by a ConfigError,
    /// where the options are made.
    Proxies proxies = Proxies::from_environment();
};

/// Bytes of capacity that most bodies have beyond their size, so that parsers with wide loads need no copy.
inline constexpr std::size_t room_behind_bodies = 64;

/// Any answer of the server, whatever its status. A gzip body is unpacked already.
struct Reply {
    int status = 0;
    Headers headers;
    std::string body;
    std::int64_t bytes_on_wire = 0;  ///< head and body as received, TLS records not counted
    std::string packed = {};         ///< the gzip body as received, with ClientOptions::keeps_packed; else empty
};

/// No answer, or half of one. `message` names the step and host:port, never the path or the query, nor the password of
/// a proxy.
struct Failure {
    enum class Step { resolve, connect, handshake, send, receive, cancelled };
    Step step;
    bool may_heal;  ///< false where the same call must fail again: an untrusted certificate, a proxy that refuses, a
                    ///< reply over the limits
    std::string message;
};

using Result = std::variant<Reply, Failure>;

/// HTTP/1.1 over TCP or TLS 1.2+ (certificate and host name checked), with connections kept alive in a pool. A call is
/// one attempt: no redirects, no retries, but for a kept connection that the server closed meanwhile, which is opened
/// anew once. A reply followed by more than its header announced is a failure. Through a proxy an http address is asked
/// for in its absolute form, an https one by CONNECT, and then by TLS with the origin, inside that of an https proxy;
/// the proxy's own certificate must be trusted as well. Any number of threads may call at the same time; each then has
/// a connection of its own.
class HttpClient {
public:
    /// Throws StoreError when the CA file cannot be read.
    explicit HttpClient(ClientOptions options = {});
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    /// Blocks until the reply is here, a deadline passes or cancel() is called.
    Result get(const Url& url, const Headers& headers = {});

    /// Every call in flight, and every later one, ends soon with Step::cancelled. From any thread.
    void cancel();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace gridring::net
