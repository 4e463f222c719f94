// SPDX-License-Identifier: MIT
#include "fetcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "gridring/core/build_info.hpp"
#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/core/random.hpp"

namespace gridring::extract {
namespace {

using namespace std::chrono_literals;
using source::Trouble;
using Place = source::ApiKey::Place;

/// A server that never answered once is likelier misspelt than tired.
constexpr int attempts_at_the_door = 3;

net::ClientOptions client_options(const Options& options) {
    net::ClientOptions client;
    client.ca_file = options.ca_file;
    client.user_agent = fmt::format("gridring/{}", version());
    return client;
}

/// EIA's longest suspension of a key; a server that asks for more is asked again after this.
constexpr std::chrono::seconds longest_suspension = 1h;

/// Doubles with every attempt; anywhere in the upper half, so that connections do not return in step.
std::chrono::milliseconds backoff(const Options& options, int attempt) {
    const double doubled = static_cast<double>(options.backoff.count()) * std::exp2(attempt - 1);
    const double capped = std::min(doubled, static_cast<double>(options.longest_backoff.count()));
    const auto seed = static_cast<std::uint64_t>(Pace::Clock::now().time_since_epoch().count());
    return std::chrono::milliseconds{static_cast<std::int64_t>(capped * (0.5 + 0.5 * Random(seed).uniform()))};
}

}  // namespace

std::chrono::milliseconds wait_after(const Trouble& trouble, int attempt, const Options& options) {
    const auto longest = std::max(std::chrono::ceil<std::chrono::seconds>(options.longest_backoff), longest_suspension);
    const auto asked_for = std::min(trouble.retry_after.value_or(0s), longest);  // in seconds: it may be any number
    return std::max<std::chrono::milliseconds>(backoff(options, attempt), asked_for);
}

Fetcher::Fetcher(const Options& options, std::string api_key)
    : options_(options),
      api_key_(std::move(api_key)),
      client_(client_options(options)),
      pace_(options.requests_per_second, options.burst) {}

void Fetcher::stop() {
    alarm_.stop();
    client_.cancel();
}

net::Result Fetcher::attempt(const MakeCall& make_call) {
    if (!alarm_.sleep_until(pace_.take(Pace::Clock::now()))) throw HttpError(0, "the extraction was stopped");
    const source::Call call = make_call(key());
    net::Result result = client_.get(call.url, call.headers);
    ++requests_;
    if (const auto* reply = std::get_if<net::Reply>(&result)) {
        bytes_on_wire_ += reply->bytes_on_wire;
        was_answered_ = true;
    }
    return result;
}

template <class Data>
Data Fetcher::ask(const MakeCall& make_call, source::Reading<Data> (*read)(const net::Result&), std::string* raw) {
    for (int tried = 1;; ++tried) {
        const Place place = key_place_;
        net::Result result = attempt(make_call);
        source::Reading<Data> reading = read(result);
        if (auto* data = std::get_if<Data>(&reading)) {
            if (raw) *raw = source::redact_key(std::move(std::get<net::Reply>(result).body), api_key_);
            return std::move(*data);
        }
        Trouble trouble = std::get<Trouble>(std::move(reading));
        if (trouble.kind == Trouble::Kind::key_missing && !api_key_.empty() && place == Place::header) {
            log::debug("the server does not read the key from a header; it goes into the query from now on");
            key_place_ = Place::query;
            --tried;
            continue;
        }
        trouble.message = source::redact_key(std::move(trouble.message), api_key_);
        if (!trouble.may_heal() || tried >= attempts_for(trouble)) give_up(trouble, tried);
        wait_before_retry(trouble, tried);
    }
}

int Fetcher::attempts_for(const Trouble& trouble) const {
    return trouble.status == 0 && !was_answered_ ? std::min(options_.attempts, attempts_at_the_door)
                                                 : options_.attempts;
}

void Fetcher::wait_before_retry(const Trouble& trouble, int attempt) {
    const auto wait = wait_after(trouble, attempt, options_);
    const auto until = Pace::Clock::now() + wait;
    const std::string what = fmt::format("attempt {} of {}: {}", attempt, options_.attempts, trouble.message);
    if (wait > 5s)
        log::info(fmt::format("{}; waiting {} s", what, wait.count() / 1000));
    else
        log::debug(fmt::format("{}; next in {} ms", what, wait.count()));
    if (trouble.status == 429 || trouble.retry_after) pace_.hold(until);  // it means all connections
    ++retries_;
    alarm_.sleep_until(until);
}

void Fetcher::give_up(const Trouble& trouble, int attempts) const {
    const std::string host = net::parse_url(options_.base_url).host_and_port();
    const std::string tries = attempts > 1 ? fmt::format(" (tried {} times)", attempts) : "";
    const std::string message = trouble.status == 0 ? trouble.message : fmt::format("{}: {}", host, trouble.message);
    if (trouble.kind == Trouble::Kind::garbled) throw DataError(message + tries);
    const bool is_absent = trouble.status == 0 && !was_answered_;
    throw HttpError(trouble.status,
                    fmt::format("{}{}{}", message, tries,
                                is_absent ? "; check the address (base_url) and that the server runs" : ""));
}

std::vector<source::Facet> Fetcher::respondents() {
    return ask<std::vector<source::Facet>>(
        [this](const source::ApiKey& key) { return source::respondents_call(options_.base_url, key); },
        source::read_facets, nullptr);
}

FetchedPage Fetcher::page(const source::Window& window, std::int64_t offset) {
    FetchedPage fetched;
    fetched.page = ask<source::Page>(
        [&](const source::ApiKey& key) {
            return source::data_call(options_.base_url, key, window, offset, options_.page_rows);
        },
        source::read_page, &fetched.raw);
    return fetched;
}

}  // namespace gridring::extract
