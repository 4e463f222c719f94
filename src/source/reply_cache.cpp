// SPDX-License-Identifier: MIT
#include "reply_cache.hpp"

namespace gridring::source {

std::shared_ptr<const std::string> ReplyCache::find(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->body;
}

void ReplyCache::keep(const std::string& key, std::string body) {
    Entry entry{key, std::make_shared<const std::string>(std::move(body))};
    const std::lock_guard lock(mutex_);
    if (entry.bytes() > max_bytes_ || by_key_.contains(key)) return;
    bytes_ += entry.bytes();
    entries_.push_front(std::move(entry));
    by_key_.emplace(entries_.front().key, entries_.begin());
    while (bytes_ > max_bytes_) {
        bytes_ -= entries_.back().bytes();
        by_key_.erase(entries_.back().key);
        entries_.pop_back();
    }
}

}  // namespace gridring::source
