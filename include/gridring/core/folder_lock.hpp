// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>

#include "gridring/core/error.hpp"

namespace gridring {

/// Another process has the folder.
struct FolderBusy : StoreError {
    using StoreError::StoreError;
};

struct LockTerms {
    const char* holder;               ///< "another training"
    const char* option;               ///< that chooses another folder: "--set run.folder=…"
    const char* file = ".lock";       ///< in the folder; tells who has it, which is for messages alone
    bool is_shared = false;           ///< with others that share it
    bool is_inherited = false;        ///< programs that are started meanwhile keep it until they have ended as well
    bool is_required = false;         ///< an error where the file system has no locks
    std::chrono::seconds patience{};  ///< waited for the others to end, after a warning
};

/// Keeps other processes off a folder while it lives, by flock(); a killed process leaves no lock. Where the file
/// system has no locks it warns and keeps nobody off, unless they are required.
class FolderLock {
public:
    /// Throws FolderBusy naming the process that has the folder, StoreError where the file cannot be written.
    FolderLock(const std::filesystem::path& folder, const LockTerms& terms);
    ~FolderLock();
    FolderLock(const FolderLock&) = delete;
    FolderLock& operator=(const FolderLock&) = delete;

private:
    int fd_;
};

}  // namespace gridring
