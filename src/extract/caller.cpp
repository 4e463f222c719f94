// SPDX-License-Identifier: MIT
#include "caller.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "gridring/core/build_info.hpp"
#include "gridring/core/counters.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/hours.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/random.hpp"
#include "gridring/core/trace.hpp"

namespace gridring::extract {
namespace {

using namespace std::chrono_literals;
using source::Trouble;

/// A server that never answered once is likelier misspelt than tired.
constexpr int attempts_at_the_door = 3;

net::ClientOptions client_options(const Manners& manners) {
    net::ClientOptions client;
    client.ca_file = manners.ca_file;
    if (manners.is_direct) client.proxies = {};
    client.user_agent = fmt::format("gridring/{}", version());
    return client;
}

/// EIA's longest suspension of a key; a server that asks for more is asked again after this.
constexpr std::chrono::seconds longest_suspension = 1h;

/// A key that is not restored by then will not be tonight.
constexpr std::chrono::hours longest_patience{2};

constexpr int most_redirects = 3;

/// Doubles with every attempt; anywhere in the upper half, so that connections do not return in step.
std::chrono::milliseconds backoff(const Manners& manners, int attempt) {
    const double doubled = static_cast<double>(manners.backoff.count()) * std::exp2(attempt - 1);
    const double capped = std::min(doubled, static_cast<double>(manners.longest_backoff.count()));
    const auto seed = static_cast<std::uint64_t>(Pace::Clock::now().time_since_epoch().count());
    return std::chrono::milliseconds{static_cast<std::int64_t>(capped * (0.5 + 0.5 * Random(seed).uniform()))};
}

}  // namespace

std::optional<net::Url> redirect_of(const net::Reply& reply, const net::Url& from) {
    const bool is_redirect = reply.status == 301 || reply.status == 302 || reply.status == 307 || reply.status == 308;
    const auto location = is_redirect ? net::find_header(reply.headers, "Location") : std::nullopt;
    if (!location) return std::nullopt;
    net::Url to = from;
    if (location->starts_with('/'))
        to.target = *location;
    else
        try {
            to = net::parse_url(*location);
        } catch (const ConfigError&) {  // not an address: the reply is what it is
            return std::nullopt;
        }
    const bool is_same_port = to.port == from.port || (from.port == 80 && to.port == 443);
    const bool is_safe = to.host == from.host && is_same_port && (to.is_tls() || !from.is_tls());
    return is_safe ? std::optional(to) : std::nullopt;
}

std::chrono::milliseconds wait_after(const Trouble& trouble, int attempt, const Manners& manners) {
    const auto longest = std::max(std::chrono::ceil<std::chrono::seconds>(manners.longest_backoff), longest_suspension);
    const auto asked_for = std::min(trouble.retry_after.value_or(0s), longest);  // in seconds: it may be any number
    return std::max<std::chrono::milliseconds>(backoff(manners, attempt), asked_for);
}

std::string tries_text(int tried) { return tried > 1 ? fmt::format(" (tried {} times)", tried) : ""; }

const char* after_stop(bool is_fresh) {
    return is_fresh ? "; a fresh extraction begins anew" : "; the same command goes on from here";
}

Caller::Caller(Manners manners)
    : manners_(std::move(manners)),
      client_(client_options(manners_)),
      pace_(manners_.requests_per_second, manners_.burst, manners_.requests_per_hour) {}

void Caller::stop_waiting() {
    alarm_.stop();
    circuit_.stop();
}

void Caller::stop() {
    stop_waiting();
    client_.cancel();
}

Circuit::Ticket Caller::wait_turn() {
    // First the pace: a call that slept for it must not go out into a circuit that has opened meanwhile.
    const bool has_slept = alarm_.sleep_until(pace_.take(Pace::Clock::now()));
    const auto ticket = has_slept ? circuit_.enter() : std::nullopt;
    if (!ticket) throw HttpError(0, "the extraction was stopped");
    return *ticket;
}

net::Result Caller::get(const source::Call& call) {
    net::Url url = call.url;
    for (int redirects = 0;; ++redirects) {
        net::Result result = [&] {
            const trace::Span span("extract", "request");
            return client_.get(url, call.headers);
        }();
        ++requests_;
        static Counter& requests =
            counter("gridring_extract_requests_total", CounterKind::total, "Requests made, redirects counted.");
        requests.add(1);
        const auto* reply = std::get_if<net::Reply>(&result);
        if (!reply) return result;
        bytes_on_wire_ += reply->bytes_on_wire;
        static Counter& bytes = counter("gridring_extract_received_bytes_total", CounterKind::total,
                                        "Bodies of the replies, as they came over the wire.");
        bytes.add(static_cast<double>(reply->bytes_on_wire));
        was_answered_ = true;
        const auto next = redirect_of(*reply, url);
        if (!next) return result;
        if (redirects == most_redirects)
            return net::Failure{net::Failure::Step::receive, false,
                                fmt::format("too many redirects: {} sent the request on {} times in a row; check the "
                                            "address (base_url)",
                                            url.host_and_port(), redirects + 1)};
        url = *next;
    }
}

bool Caller::may_try_again(const Trouble& trouble, int tried) const {
    if (trouble.kind == Trouble::Kind::throttled) return circuit_.open_for() < longest_patience;
    const bool is_at_the_door = trouble.status == 0 && !was_answered_;
    const int attempts = is_at_the_door ? std::min(manners_.attempts, attempts_at_the_door) : manners_.attempts;
    return trouble.may_heal() && tried < attempts;
}

void Caller::hold_off(const Trouble& trouble, Circuit::Ticket ticket) {
    std::chrono::milliseconds wait{0};
    const bool is_news =
        circuit_.refused(ticket, [&](int refusals) { return wait = wait_after(trouble, refusals, manners_); });
    if (!is_news) return;
    const std::string line =
        fmt::format("{}; all requests wait, the next one goes out in {:.1f} s, at {}", trouble.message,
                    static_cast<double>(wait.count()) / 1000, utc_timestamp(std::chrono::system_clock::now() + wait));
    wait > 5s ? log::warning(line) : log::debug(line);
}

void Caller::wait_before_retry(const Trouble& trouble, int& tried, Circuit::Ticket ticket) {
    ++retries_;
    static Counter& retries =
        counter("gridring_extract_retries_total", CounterKind::total, "Requests that were tried again.");
    retries.add(1);
    if (trouble.kind == Trouble::Kind::throttled) {
        hold_off(trouble, ticket);
        --tried;
        return;
    }
    circuit_.failed(ticket);
    const auto wait = wait_after(trouble, tried, manners_);
    const auto until = Pace::Clock::now() + wait;
    const std::string what = fmt::format("attempt {} of {}: {}", tried, manners_.attempts, trouble.message);
    if (wait > 5s)
        log::info(fmt::format("{}; waiting {} s", what, wait.count() / 1000));
    else
        log::debug(fmt::format("{}; next in {} ms", what, wait.count()));
    if (trouble.status == 429 || trouble.retry_after) pace_.hold(until);  // it means all connections
    alarm_.sleep_until(until);
}

void Caller::give_up(const Trouble& trouble, int tried) const {
    const std::string host = net::parse_url(manners_.base_url).host_and_port();
    const std::string tries = tries_text(tried);
    const std::string message = trouble.status == 0 ? trouble.message : fmt::format("{}: {}", host, trouble.message);
    if (trouble.kind == Trouble::Kind::garbled) throw DataError(message + tries);
    const bool is_absent = trouble.status == 0 && !was_answered_;
    const bool is_throttled = trouble.kind == Trouble::Kind::throttled;  // a 403 of this kind is none for ever
    throw HttpError(
        is_throttled ? 429 : trouble.status,
        fmt::format(
            "{}{}{}", message, tries,
            is_absent ? "; check the address (base_url), the proxy where there is one, and that the server runs" : ""));
}

}  // namespace gridring::extract
