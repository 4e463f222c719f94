// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gridring::source {

/// Finished bodies by what was asked; the one that was unused longest goes first. Any thread may call.
class ReplyCache {
public:
    /// 0 keeps nothing.
    explicit ReplyCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}
    bool is_on() const { return max_bytes_ > 0; }

    /// Null where it is not known.
    std::shared_ptr<const std::string> find(const std::string& key);
    /// A body that alone is larger than the cache is not kept.
    void keep(const std::string& key, std::string body);

private:
    struct Entry {
        std::string key;
        std::shared_ptr<const std::string> body;
        std::size_t bytes() const { return key.size() + body->size(); }
    };

    const std::size_t max_bytes_;
    std::mutex mutex_;
    std::size_t bytes_ = 0;
    std::list<Entry> entries_;                                                 ///< last used first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> by_key_;  ///< keys live in the entries
};

}  // namespace gridring::source
