// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace gridring::test {

/// One accepted connection of a peer that may behave as badly as it likes.
class RawConnection {
public:
    RawConnection(int fd, const std::atomic<bool>& is_over) : fd_(fd), is_over_(is_over) {}
    /// Reads up to the blank line; empty when the client has gone.
    std::string read_request() {
        std::string text;
        char c;
        while (!text.ends_with("\r\n\r\n"))
            if (recv(fd_, &c, 1, 0) == 1)
                text += c;
            else
                return {};
        return text;
    }
    void send(std::string_view bytes) {
        while (!bytes.empty()) {
            const auto count = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }
    /// Says nothing for as long as the test lasts.
    void stall() {
        while (!is_over_) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    bool is_over() const { return is_over_; }

private:
    int fd_;
    const std::atomic<bool>& is_over_;
};

/// Listens on a free loopback port and hands each connection, with its number, to `script` on one thread, in turn.
class RawPeer {
public:
    using Script = std::function<void(RawConnection&, int number)>;
    explicit RawPeer(Script script) : listener_(socket(AF_INET, SOCK_STREAM, 0)), script_(std::move(script)) {
        sockaddr_in here{};
        here.sin_family = AF_INET;
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof here;
        bind(listener_, reinterpret_cast<sockaddr*>(&here), size);
        getsockname(listener_, reinterpret_cast<sockaddr*>(&here), &size);
        port_ = ntohs(here.sin_port);
        listen(listener_, 8);
        thread_ = std::thread([this] { serve(); });
    }
    ~RawPeer() {
        is_over_ = true;
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
    }
    std::uint16_t port() const { return port_; }
    int connections() const { return connections_; }
    std::string url(std::string_view path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + std::string(path);
    }

private:
    void serve() {
        for (int fd; (fd = accept(listener_, nullptr, nullptr)) >= 0; close(fd)) {
            RawConnection connection(fd, is_over_);
            script_(connection, connections_++);
        }
    }

    int listener_;
    std::uint16_t port_ = 0;
    Script script_;
    std::atomic<bool> is_over_ = false;
    std::atomic<int> connections_ = 0;
    std::thread thread_;
};

/// A loopback port on which nobody listens (it was free a moment ago).
inline std::uint16_t closed_port() {
    return RawPeer([](RawConnection&, int) {}).port();
}

}  // namespace gridring::test
