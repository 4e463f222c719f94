// SPDX-License-Identifier: MIT
#include "connection_pool.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

namespace gridring::net {
namespace {

/// A server that has nothing to say keeps silent: a byte or an end shows a connection that is out of step or closed.
bool is_quiet(Connection& connection) {
    char byte;
    std::size_t count = 0;
    return connection.read_pending(&byte, 1, count) == boost::asio::error::would_block;
}

}  // namespace

std::unique_ptr<Connection> ConnectionPool::take(const std::string& place) {
    while (auto connection = take_latest(place))
        if (is_quiet(*connection)) return connection;
    return nullptr;
}

std::unique_ptr<Connection> ConnectionPool::take_latest(const std::string& place) {
    std::list<Idle> old;  // destroyed, and closed, after the lock
    const std::lock_guard lock(mutex_);
    old = drop_old();
    const auto found =
        std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.place == place; });
    if (found == idle_.rend()) return nullptr;
    auto connection = std::move(found->connection);
    idle_.erase(std::next(found).base());
    return connection;
}

void ConnectionPool::keep(const std::string& place, std::unique_ptr<Connection> connection) {
    std::list<Idle> old;
    const std::lock_guard lock(mutex_);
    idle_.push_back({place, std::move(connection), Clock::now()});
    old = drop_old();
}

std::list<ConnectionPool::Idle> ConnectionPool::drop_old() {
    const auto oldest = Clock::now() - longest_;
    auto first_kept = idle_.begin();
    for (std::size_t left = idle_.size(); first_kept != idle_.end() && (left > most_ || first_kept->since < oldest);
         --left)
        ++first_kept;
    std::list<Idle> old;
    old.splice(old.end(), idle_, idle_.begin(), first_kept);
    return old;
}

ConnectionPool::Use::Use(ConnectionPool& pool, Connection& connection) : pool_(pool), connection_(connection) {
    const std::lock_guard lock(pool_.mutex_);
    pool_.used_.insert(&connection_);
}

ConnectionPool::Use::~Use() {
    const std::lock_guard lock(pool_.mutex_);
    pool_.used_.erase(&connection_);
}

void ConnectionPool::abort_all() {
    const std::lock_guard lock(mutex_);
    for (Connection* connection : used_) connection->abort();
}

}  // namespace gridring::net
