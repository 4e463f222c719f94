// SPDX-License-Identifier: MIT
#include "train/checkpoint_files.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"
#include "gridring/train/trainer.hpp"

namespace gridring::train {
namespace {

namespace fs = std::filesystem;

void move_file(const fs::path& from, const fs::path& to) {
    std::error_code error;
    fs::rename(from, to, error);
    if (error) throw StoreError(from.string(), fmt::format("cannot become {}: {}", to.string(), error.message()));
}

/// Ages of the older files that there are, gaps allowed: a kill while they move leaves one.
std::vector<std::int64_t> older_ages(const fs::path& checkpoint) {
    std::vector<std::int64_t> ages;
    std::error_code none;
    const std::string stem = checkpoint.stem().string() + ".", ending = checkpoint.extension().string();
    for (const auto& entry : fs::directory_iterator(checkpoint.parent_path(), none)) {
        std::string name = entry.path().filename().string();
        if (!name.starts_with(stem) || !name.ends_with(ending) || name.size() <= stem.size() + ending.size()) continue;
        name = name.substr(stem.size(), name.size() - stem.size() - ending.size());
        if (name.size() < 10 && std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; }))
            ages.push_back(std::stoll(name));
    }
    std::ranges::sort(ages);
    return ages;
}

}  // namespace

fs::path older(const fs::path& checkpoint, std::int64_t age) {
    if (age == 0) return checkpoint;
    return checkpoint.parent_path() /
           fmt::format("{}.{}{}", checkpoint.stem().string(), age, checkpoint.extension().string());
}

std::vector<fs::path> checkpoints_at(const fs::path& checkpoint) {
    std::vector<fs::path> found;
    if (fs::exists(checkpoint)) found.push_back(checkpoint);
    for (const std::int64_t age : older_ages(checkpoint)) found.push_back(older(checkpoint, age));
    return found;
}

void keep_older(const fs::path& checkpoint, std::int64_t kept) {
    const auto ages = older_ages(checkpoint);
    for (const std::int64_t age : ages)
        if (age > kept) remove_file(older(checkpoint, age));
    if (kept == 0 || !fs::exists(checkpoint)) return;
    std::error_code error;
    const fs::path newest = older(checkpoint, 1);
    if (fs::equivalent(checkpoint, newest, error)) return;  // a kill came before it was replaced
    std::int64_t free = 1;  // they move up to the first gap, so that none is lost that need not be
    while (free < kept && std::ranges::binary_search(ages, free)) ++free;
    for (; free > 1; --free) move_file(older(checkpoint, free - 1), older(checkpoint, free));
    remove_orphans_of(newest);
    const fs::path link = temporary_beside(newest);
    fs::remove(link, error);
    fs::create_hard_link(checkpoint, link, error);
    move_file(error ? checkpoint : link, newest);  // without links: for a moment the older one alone is there
}

void set_aside(const fs::path& damaged, const fs::path& checkpoint) {
    const auto name = [&](int number) {
        return checkpoint.parent_path() / fmt::format("{}.damaged{}{}", checkpoint.stem().string(),
                                                      number == 1 ? "" : fmt::format("-{}", number),
                                                      checkpoint.extension().string());
    };
    int number = 1;
    while (fs::exists(name(number))) ++number;
    move_file(damaged, name(number));
}

bool has_checkpoint(const fs::path& checkpoint) { return !checkpoints_at(checkpoint).empty(); }

void remove_checkpoints(const fs::path& checkpoint) {
    for (const auto& path : checkpoints_at(checkpoint)) remove_file(path);
}

}  // namespace gridring::train
