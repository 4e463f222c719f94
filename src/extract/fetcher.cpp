// SPDX-License-Identifier: MIT
#include "fetcher.hpp"

#include "gridring/core/log.hpp"

namespace gridring::extract {
namespace {

using source::Trouble;
using Place = source::ApiKey::Place;

Manners manners_of(const Options& options) {
    return {options.base_url, options.requests_per_second, options.burst,   options.requests_per_hour, options.attempts,
            options.backoff,  options.longest_backoff,     options.ca_file, options.is_direct};
}

}  // namespace

Fetcher::Fetcher(const Options& options, std::string api_key, StageClock& clock)
    : options_(options),
      api_key_(std::move(api_key)),
      clock_(clock),
      caller_(manners_of(options)),
      on_stop_(options.stop, [this] { caller_.stop_waiting(); }) {}

net::Result Fetcher::get(const source::Call& call) {
    const StageTimer timer(clock_, StageClock::receive);
    return caller_.get(call);
}

/// Before anybody reads it: what it says may come into a message.
void Fetcher::redact(net::Reply& reply) {
    const StageTimer timer(clock_, StageClock::keep);
    reply.body = source::redact_key(std::move(reply.body), api_key_);
}

template <class Data>
Data Fetcher::ask(const MakeCall& make_call, const Read<Data>& read, std::string* raw) {
    for (int tried = 1;; ++tried) {
        const Place place = key_place_;
        const auto ticket = caller_.wait_turn();
        net::Result result = get(make_call(key()));
        if (auto* reply = std::get_if<net::Reply>(&result)) redact(*reply);
        source::Reading<Data> reading = [&] {
            const StageTimer timer(clock_, StageClock::parse);
            return read(result);
        }();
        if (auto* data = std::get_if<Data>(&reading)) {
            caller_.succeeded(ticket);
            if (raw) *raw = std::move(std::get<net::Reply>(result).body);
            return std::move(*data);
        }
        Trouble trouble = std::get<Trouble>(std::move(reading));
        if (trouble.kind == Trouble::Kind::key_missing && !api_key_.empty() && place == Place::header) {
            log::debug("the server does not read the key from a header; it goes into the query from now on");
            key_place_ = Place::query;
            caller_.succeeded(ticket);
            --tried;
            continue;
        }
        trouble.message = source::redact_key(std::move(trouble.message), api_key_);
        if (!caller_.may_try_again(trouble, tried)) caller_.give_up(trouble, tried);
        caller_.wait_before_retry(trouble, tried, ticket);
    }
}

std::vector<source::Facet> Fetcher::regions(const source::Route& route) {
    return ask<std::vector<source::Facet>>(
        [&](const source::ApiKey& key) { return source::regions_call(options_.base_url, key, route); },
        source::read_facets, nullptr);
}

FetchedPage Fetcher::page(const source::Window& window, std::int64_t offset) {
    FetchedPage fetched;
    fetched.page = ask<source::Page>(
        [&](const source::ApiKey& key) {
            return source::data_call(options_.base_url, key, window, offset, options_.page_rows);
        },
        [&](const net::Result& result) { return source::read_page(result, *window.route); }, &fetched.raw);
    return fetched;
}

}  // namespace gridring::extract
