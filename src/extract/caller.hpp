// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "circuit.hpp"
#include "gridring/net/http_client.hpp"
#include "gridring/source/reading.hpp"
#include "pace.hpp"

namespace gridring::extract {

/// How a server is to be treated; see Options.
struct Manners {
    std::string base_url;
    double requests_per_second = 4;
    int burst = 4;
    std::int64_t requests_per_hour = 9'000;
    int attempts = 6;
    std::chrono::milliseconds backoff{500}, longest_backoff{60'000};
    std::filesystem::path ca_file;
    bool is_direct = false;
};

/// Where a reply sends the caller, if it is the same host, and not from https to http: a key must not travel further.
std::optional<net::Url> redirect_of(const net::Reply& reply, const net::Url& from);

/// How long to leave the server alone after `attempt` (1, 2, …) ended in `trouble`: what it asks for, within reason.
std::chrono::milliseconds wait_after(const source::Trouble& trouble, int attempt, const Manners& manners);

/// " (tried 3 times)", or nothing after one attempt.
std::string tries_text(int tried);

/// What a stopped extraction says of the next one.
const char* after_stop(bool is_fresh);

/// Makes calls at the pace given, and knows how often and when to try again. Any number of threads may use one Caller.
class Caller {
public:
    explicit Caller(Manners manners);

    /// Sleeps until a call may go out. Throws HttpError when stop() was called.
    Circuit::Ticket wait_turn();
    net::Result get(const source::Call& call);
    /// Every call that brought data is told of, so that the others may go on where one call tried for all.
    void succeeded(Circuit::Ticket ticket) { circuit_.answered(ticket); }

    bool may_try_again(const source::Trouble& trouble, int tried) const;
    /// Holds all calls where the server asked for it. What a server refuses to all alike is no attempt of this call:
    /// `tried` goes back by one.
    void wait_before_retry(const source::Trouble& trouble, int& tried, Circuit::Ticket ticket);
    /// Throws HttpError, or DataError for a reply of no use.
    [[noreturn]] void give_up(const source::Trouble& trouble, int tried) const;

    /// Calls in progress end in their own time; no other begins. From any thread.
    void stop_waiting();
    /// Every call in progress, and every later one, ends soon. From any thread.
    void stop();

    bool was_answered() const { return was_answered_; }
    std::int64_t requests() const { return requests_; }
    std::int64_t retries() const { return retries_; }
    std::int64_t bytes_on_wire() const { return bytes_on_wire_; }

private:
    void hold_off(const source::Trouble& trouble, Circuit::Ticket ticket);

    const Manners manners_;
    net::HttpClient client_;
    Pace pace_;
    Circuit circuit_;
    Alarm alarm_;
    std::atomic<bool> was_answered_ = false;
    std::atomic<std::int64_t> requests_ = 0, retries_ = 0, bytes_on_wire_ = 0;
};

}  // namespace gridring::extract
