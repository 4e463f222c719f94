// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

namespace gridring::observe {

/// What a page shows of one run, kept up to date by looking at its files.
class RunWatch {
public:
    using Prepare = std::function<void(const std::filesystem::path& folder)>;
    /// `before_reading`, where there is one, comes before what takes more than a moment to read.
    explicit RunWatch(std::filesystem::path folder, Prepare before_reading = {})
        : folder_(std::move(folder)), before_reading_(std::move(before_reading)) {}

    /// Reads what is new; true where anything is. A file that cannot be read becomes the topic "problem", and what is
    /// known of the rest stays.
    bool look();
    /// Counts the looks that found something new.
    std::int64_t version() const { return version_; }
    /// The topics of run_data() and live_data() that changed behind `version`: a JSON object.
    nlohmann::json changed_since(std::int64_t version) const;

private:
    struct Topic {
        nlohmann::json value;
        std::int64_t version = 0;
    };
    using Stamps = std::map<std::string, std::int64_t>;

    Stamps stamps(bool is_live) const;
    void read(bool everything);
    void set(const std::string& topic, nlohmann::json value);

    std::filesystem::path folder_;
    Prepare before_reading_;
    Stamps seen_, seen_live_;
    std::map<std::string, Topic> topics_;
    std::int64_t version_ = 0;
    bool is_broken_ = false;
};

}  // namespace gridring::observe
