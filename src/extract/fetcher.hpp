// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "caller.hpp"
#include "gridring/extract/extract.hpp"
#include "gridring/source/eia.hpp"
#include "stage_clock.hpp"

namespace gridring::extract {

struct FetchedPage {
    source::Page page;
    std::string raw;  ///< the body as received, less the key
};

/// Makes calls of the EIA API at the pace of the options, and makes them again as long as `source` says that it may
/// help. Any number of threads may use one Fetcher.
class Fetcher {
public:
    Fetcher(const Options& options, std::string api_key, StageClock& clock);

    /// Throw HttpError or DataError, with the key nowhere in the message.
    std::vector<source::Facet> regions(const source::Route& route);
    FetchedPage page(const source::Window& window, std::int64_t offset);

    /// Every call in progress, and every later one, throws soon. From any thread.
    void stop() { caller_.stop(); }

    const Caller& caller() const { return caller_; }

private:
    using MakeCall = std::function<source::Call(const source::ApiKey&)>;
    template <class Data>
    using Read = std::function<source::Reading<Data>(const net::Result&)>;
    template <class Data>
    Data ask(const MakeCall& make_call, const Read<Data>& read, std::string* raw);
    net::Result get(const source::Call& call);
    void redact(net::Reply& reply);
    source::ApiKey key() const { return {api_key_, key_place_}; }

    const Options& options_;
    const std::string api_key_;
    StageClock& clock_;
    Caller caller_;
    std::atomic<source::ApiKey::Place> key_place_ = source::ApiKey::Place::header;
    std::stop_callback<std::function<void()>> on_stop_;  ///< last: it calls the caller
};

}  // namespace gridring::extract
