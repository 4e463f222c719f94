// SPDX-License-Identifier: MIT
#include "replay.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <variant>

#include "gridring/core/error.hpp"
#include "gridring/core/log.hpp"
#include "gridring/store/encryption.hpp"
#include "raw_pages.hpp"

namespace gridring::extract {
namespace {

bool is_of_interest(const Options& options, const source::Window& window) {
    return window.first <= options.to && window.last >= options.from &&
           std::ranges::find(options.datasets, window.route->name) != options.datasets.end() &&
           std::ranges::any_of(window.regions, [&](const std::string& region) {
               return std::ranges::find(options.regions, region) != options.regions.end();
           });
}

}  // namespace

Replay::Replay(const Options& options, const std::filesystem::path& raw, const std::vector<JournalEntry>& entries,
               Assembly& assembly, Coverage& coverage) {
    for (const JournalEntry& entry : entries) {
        if (!is_of_interest(options, entry.window)) continue;
        std::vector<source::Page> pages;
        try {
            pages = read(raw, entry);
        } catch (const store::KeyError&) {
            throw;
        } catch (const Error& problem) {
            log::warning(fmt::format("{}; {} is fetched again", problem.what(), entry.window.text()));
            continue;
        }
        assembly.add(entry.window, pages, entry.retrieved_at);
        coverage.add(entry.window, hour_of_timestamp(entry.retrieved_at).value_or(Hour{}));
        pages_ += std::ssize(entry.files);
    }
}

std::vector<source::Page> Replay::read(const std::filesystem::path& raw, const JournalEntry& entry) {
    std::vector<source::Page> pages;
    for (const auto& name : entry.files) {
        auto reading = source::read_page(net::Reply{200, {}, read_raw_page(raw / name), 0}, *entry.window.route);
        auto* page = std::get_if<source::Page>(&reading);
        if (!page) throw StoreError((raw / name).string(), std::get<source::Trouble>(reading).message);
        api_version_ = page->api_version;
        pages.push_back(std::move(*page));
    }
    return pages;
}

}  // namespace gridring::extract
