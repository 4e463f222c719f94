// SPDX-License-Identifier: MIT
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

/// Plain sockets of this machine, for the other side of a connection of ours. libFuzzer's alarm interrupts them now and
/// then.
namespace gridring::fuzz {

inline sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

/// One end of a connection. Resets it when it goes: thousands a second would else use up the ports.
class Peer {
public:
    explicit Peer(int fd) : fd_(fd) {
        if (fd_ < 0) std::abort();
        const linger at_once{1, 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    }
    ~Peer() { ::close(fd_); }
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;

    static int connect_to(std::uint16_t port) {
        const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
        const sockaddr_in address = loopback(port);
        if (TEMP_FAILURE_RETRY(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address)) != 0)
            std::abort();
        return fd;
    }

    /// Sends all of it, unless the other side has enough, and says that no more follows.
    void say(std::string_view bytes) const {
        while (!bytes.empty()) {
            const ssize_t sent = TEMP_FAILURE_RETRY(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
            if (sent <= 0) break;
            bytes.remove_prefix(static_cast<std::size_t>(sent));
        }
        ::shutdown(fd_, SHUT_WR);
    }
    /// Until the other side closes.
    std::string hear() const {
        std::string heard;
        char piece[4096];
        for (ssize_t got; (got = TEMP_FAILURE_RETRY(::recv(fd_, piece, sizeof piece, 0))) > 0;)
            heard.append(piece, static_cast<std::size_t>(got));
        return heard;
    }

private:
    int fd_;
};

class Listener {
public:
    Listener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        if (::bind(fd_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(fd_, 8) != 0 ||
            ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size) != 0)
            std::abort();
        port_ = ntohs(address.sin_port);
    }
    std::uint16_t port() const { return port_; }
    int accept() const { return static_cast<int>(TEMP_FAILURE_RETRY(::accept(fd_, nullptr, nullptr))); }

private:
    int fd_;
    std::uint16_t port_ = 0;
};

}  // namespace gridring::fuzz
