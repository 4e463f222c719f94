// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

namespace gridring::extract {

/// Keeps other processes off a folder while it lives, by flock() on <folder>/.lock; a killed process leaves no lock.
class FolderLock {
public:
    /// Throws FolderBusy naming the process that has the folder.
    explicit FolderLock(const std::filesystem::path& folder);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int fd_;
};

}  // namespace gridring::extract
