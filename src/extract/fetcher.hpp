// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "gridring/extract/extract.hpp"
#include "gridring/net/http_client.hpp"
#include "gridring/source/eia.hpp"
#include "pace.hpp"

namespace gridring::extract {

struct FetchedPage {
    source::Page page;
    std::string raw;  ///< the body as received, less the key
};

/// How long to leave the server alone after `attempt` (1, 2, …) ended in `trouble`: what it asks for, within reason.
std::chrono::milliseconds wait_after(const source::Trouble& trouble, int attempt, const Options& options);

/// Makes calls at the pace of the options, and makes them again as long as `source` says that it may help.
/// Any number of threads may use one Fetcher.
class Fetcher {
public:
    Fetcher(const Options& options, std::string api_key);

    /// Throw HttpError or DataError, with the key nowhere in the message.
    std::vector<source::Facet> respondents();
    FetchedPage page(const source::Window& window, std::int64_t offset);

    /// Every call in progress, and every later one, throws soon. From any thread.
    void stop();

    std::int64_t requests() const { return requests_; }
    std::int64_t retries() const { return retries_; }
    std::int64_t bytes_on_wire() const { return bytes_on_wire_; }

private:
    using MakeCall = std::function<source::Call(const source::ApiKey&)>;
    template <class Data>
    Data ask(const MakeCall& make_call, source::Reading<Data> (*read)(const net::Result&), std::string* raw);
    net::Result attempt(const MakeCall& make_call);
    void wait_before_retry(const source::Trouble& trouble, int attempt);
    [[noreturn]] void give_up(const source::Trouble& trouble, int attempts) const;
    int attempts_for(const source::Trouble& trouble) const;
    source::ApiKey key() const { return {api_key_, key_place_}; }

    const Options& options_;
    const std::string api_key_;
    net::HttpClient client_;
    Pace pace_;
    Alarm alarm_;
    std::atomic<source::ApiKey::Place> key_place_ = source::ApiKey::Place::header;
    std::atomic<bool> was_answered_ = false;
    std::atomic<std::int64_t> requests_ = 0, retries_ = 0, bytes_on_wire_ = 0;
};

}  // namespace gridring::extract
