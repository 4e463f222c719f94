// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <list>
#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "connection.hpp"

namespace gridring::net {

/// The connections of one client: those that wait for the next call, by where they lead, and those in use. From any
/// thread.
class ConnectionPool {
public:
    /// Of the idle ones at most `most`, each for `longest`: the oldest are closed.
    ConnectionPool(std::size_t most, std::chrono::milliseconds longest) : most_(most), longest_(longest) {}

    /// One that leads to `place` and that the server has not closed; nullptr where there is none.
    std::unique_ptr<Connection> take(const std::string& place);
    void keep(const std::string& place, std::unique_ptr<Connection> connection);

    /// While it lives, abort_all() reaches the connection.
    class Use {
    public:
        Use(ConnectionPool& pool, Connection& connection);
        ~Use();
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

    private:
        ConnectionPool& pool_;
        Connection& connection_;
    };
    void abort_all();

private:
    using Clock = std::chrono::steady_clock;
    struct Idle {
        std::string place;
        std::unique_ptr<Connection> connection;
        Clock::time_point since;
    };
    std::unique_ptr<Connection> take_latest(const std::string& place);
    std::list<Idle> drop_old();

    const std::size_t most_;
    const std::chrono::milliseconds longest_;
    std::mutex mutex_;
    std::list<Idle> idle_;  ///< the latest at the end
    std::set<Connection*> used_;
};

}  // namespace gridring::net
