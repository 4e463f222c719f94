// SPDX-License-Identifier: MIT
#include "gridring/extract/stage_limits.hpp"

#include <algorithm>
#include <atomic>
#include <future>
#include <limits>

#include "assembly.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/net/gzip.hpp"
#include "gridring/store/series_file.hpp"
#include "job.hpp"
#include "journal.hpp"
#include "raw_pages.hpp"
#include "stage_clock.hpp"

namespace gridring::extract {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// One page of an earlier extraction.
struct KeptPage {
    const source::Route* route;
    source::Call call;
    std::string packed;  ///< as it lies on disk
    net::Result result;  ///< as it was received
    net::Reply& reply() { return std::get<net::Reply>(result); }
};

struct KeptWindow {
    JournalEntry entry;
    std::vector<KeptPage> pages;
};

source::Page parse(const KeptPage& page) {
    auto reading = source::read_page(page.result, *page.route);
    if (const auto* trouble = std::get_if<source::Trouble>(&reading)) throw DataError(trouble->message);
    return std::get<source::Page>(std::move(reading));
}

std::vector<KeptWindow> read_kept(const Options& options, const std::string& api_key) {
    const fs::path folder = options.folder / "raw";
    const auto journal = read_journal(folder / "journal.ndjson", identity_of(options));
    std::vector<KeptWindow> windows;
    for (const JournalEntry& entry : journal.entries) {
        KeptWindow& window = windows.emplace_back(KeptWindow{entry, {}});
        std::int64_t offset = 0;
        for (const auto& file : entry.files) {
            KeptPage& page = window.pages.emplace_back();
            page.route = entry.window.route;
            page.call = source::data_call(options.base_url, {api_key}, entry.window, offset, options.page_rows);
            page.packed = read_file(folder / file);
            page.result = net::Reply{200, {}, read_raw_page(folder / file), 0};
            page.reply().body.reserve(page.reply().body.size() + net::room_behind_bodies);
            offset += std::ssize(parse(page).rows);
        }
    }
    if (windows.empty()) throw DataError(folder.string() + ": expected the pages of an extraction, found none");
    return windows;
}

/// The quickest of several runs: `threads` threads do the steps between them. `prepare` comes before each run and is
/// not part of it.
template <class Prepare, class Step>
StageCost measure(int repetitions, int threads, std::size_t steps, const Prepare& prepare, const Step& step) {
    StageCost best{0, std::numeric_limits<double>::infinity()};
    for (int i = 0; i < repetitions; ++i) {
        prepare();
        StageClock clock;
        std::atomic<std::size_t> next = 0;
        const auto work = [&] {
            const StageTimer timer(clock, StageClock::receive);
            for (std::size_t at = next++; at < steps; at = next++) step(at);
        };
        const auto start = Clock::now();
        std::vector<std::future<void>> others;  // they carry what is thrown
        for (int thread = 1; thread < threads; ++thread) others.push_back(std::async(std::launch::async, work));
        work();
        for (auto& other : others) other.get();
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        if (seconds < best.seconds) best = {clock.times().receive, seconds};
    }
    return best;
}

template <class Step>
StageCost measure(int repetitions, int threads, std::size_t steps, const Step& step) {
    return measure(
        repetitions, threads, steps, [] {}, step);
}

net::ClientOptions client_options(const Options& options) {
    net::ClientOptions client;
    client.ca_file = options.ca_file;
    if (options.is_direct) client.proxies = {};
    return client;
}

net::Reply get(net::HttpClient& client, const KeptPage& page) {
    net::Result result = client.get(page.call.url, page.call.headers);
    if (const auto* failure = std::get_if<net::Failure>(&result)) throw HttpError(0, failure->message);
    auto& reply = std::get<net::Reply>(result);
    if (reply.status != 200) throw HttpError(reply.status, "expected a page that was there before");
    return std::move(reply);
}

std::vector<KeptPage*> pages_of(std::vector<KeptWindow>& windows) {
    std::vector<KeptPage*> pages;
    for (auto& window : windows)
        for (auto& page : window.pages) pages.push_back(&page);
    return pages;
}

/// Folders for what is written on the way, gone with it: ext4 is slow to reuse what was deleted seconds ago.
class Scratch {
public:
    explicit Scratch(const Options& options) : root_(options.folder / "alone") {}
    ~Scratch() {
        std::error_code ignored;
        fs::remove_all(root_, ignored);
    }
    Scratch(const Scratch&) = delete;
    Scratch& operator=(const Scratch&) = delete;

    fs::path folder() const { return root_ / std::to_string(made_); }
    void make_anew() {
        ++made_;
        make_folder(folder());
    }

private:
    const fs::path root_;
    int made_ = 0;
};

/// All stages over the same pages.
class Stages {
public:
    Stages(const Options& options, const std::string& api_key, int repetitions)
        : options_(options),
          api_key_(api_key),
          repetitions_(repetitions),
          scratch_(options),
          windows_(read_kept(options, api_key)),
          pages_(pages_of(windows_)) {}

    StageCost receive() {
        net::HttpClient client(client_options(options_));
        return measure(repetitions_, options_.connections, pages_.size(),
                       [&](std::size_t at) { get(client, *pages_[at]); });
    }

    StageCost inflate() {
        net::ClientOptions keeping = client_options(options_);
        keeping.keeps_packed = true;
        net::HttpClient client(keeping);
        std::vector<std::string> packed;
        for (const KeptPage* page : pages_) packed.push_back(get(client, *page).packed);
        if (std::ranges::all_of(packed, [](const auto& body) { return body.empty(); })) return {};
        return measure(repetitions_, 1, packed.size(), [&](std::size_t at) {
            if (!packed[at].empty()) net::gunzip(packed[at], keeping.max_body_bytes);
        });
    }

    StageCost redact() {
        return measure(repetitions_, 1, pages_.size(), [&](std::size_t at) {
            std::string& body = pages_[at]->reply().body;
            body = source::redact_key(std::move(body), api_key_);
        });
    }

    StageCost parse() {
        return measure(repetitions_, 1, pages_.size(), [&](std::size_t at) { extract::parse(*pages_[at]); });
    }

    StageCost keep() {
        return store([](const fs::path& file, KeptPage& page) { write_raw_page(file, page.reply().body); });
    }
    StageCost write() {
        return store([](const fs::path& file, KeptPage& page) { write_file_synced(file, page.packed); });
    }

    /// Assembling, screening and series.h5: each works on what the one before made.
    void finish(StageLimits& limits) {
        std::vector<std::vector<source::Page>> parsed;
        for (const auto& window : windows_) {
            auto& pages = parsed.emplace_back();
            for (const auto& page : window.pages) pages.push_back(extract::parse(page));
        }
        std::optional<Assembly> assembly;
        limits.assemble = measure(
            repetitions_, 1, windows_.size(), [&] { assembly.emplace(options_, options_.folder); },
            [&](std::size_t at) {
                assembly->add(windows_[at].entry.window, parsed[at], windows_[at].entry.retrieved_at);
            });
        store::Series series;
        limits.screen = measure(repetitions_, 1, 1, [&](std::size_t) {
            StageClock clock;
            series = series_of(assembly->table(), options_.clean, clock);
        });
        limits.series = measure(
            repetitions_, 1, 1, [&] { scratch_.make_anew(); },
            [&](std::size_t) { store::write_series(scratch_.folder() / "series.h5", series); });
        for (const auto& pages : parsed)
            for (const auto& page : pages) limits.rows += std::ssize(page.rows);
    }

    void count(StageLimits& limits) const {
        limits.pages = std::ssize(pages_);
        for (KeptPage* page : pages_) limits.bytes += std::ssize(page->reply().body);
    }

private:
    /// Windows as Download keeps them; `write_page` writes one page.
    template <class WritePage>
    StageCost store(const WritePage& write_page) {
        std::optional<Journal> journal;
        const auto begin = [&] {
            journal.reset();
            scratch_.make_anew();
            journal.emplace(scratch_.folder() / "journal.ndjson", options_.base_url);
        };
        return measure(repetitions_, options_.connections, windows_.size(), begin, [&](std::size_t at) {
            KeptWindow& window = windows_[at];
            for (std::size_t i = 0; i < window.pages.size(); ++i)
                write_page(scratch_.folder() / window.entry.files[i], window.pages[i]);
            journal->append(window.entry);
        });
    }

    const Options& options_;
    const std::string& api_key_;
    const int repetitions_;
    Scratch scratch_;
    std::vector<KeptWindow> windows_;
    const std::vector<KeptPage*> pages_;
};

}  // namespace

StageLimits measure_stages(const Options& options, const std::string& api_key, int repetitions) {
    Stages stages(options, api_key, repetitions);
    StageLimits limits;
    stages.count(limits);
    limits.receive = stages.receive();
    limits.inflate = stages.inflate();
    limits.redact = stages.redact();
    limits.parse = stages.parse();
    limits.keep = stages.keep();
    limits.write = stages.write();
    stages.finish(limits);
    return limits;
}

StageCost measure_receiving(const Options& options, const std::string& api_key, int repetitions) {
    return Stages(options, api_key, repetitions).receive();
}

}  // namespace gridring::extract
