// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "app/settings.hpp"

namespace gridring::app {

/// Which key this process reads and writes files with (store::use_key): that of the key file which
/// GRIDRING_ENCRYPTION_KEY_FILE names, else of run.encryption_key_file, else none. With a key core dumps are off: they
/// would hold the data. Throws ConfigError, StoreError. Not collective: every rank has the key by itself, since it
/// must not travel.
void use_key_of_environment();
enum class KeyUse {
    all,
    reading,  ///< what is written stays under the key before, or in plain
};
void use_key_of(const Settings& settings, KeyUse use = KeyUse::all);
/// Where `file` is encrypted: what config.yaml beside it says, or extraction.json where no run was made yet.
void use_key_of_folder(const std::filesystem::path& file);
/// The same for what a page shows of a run.
void use_key_of_run(const std::filesystem::path& folder);
bool is_encrypted_run(const std::filesystem::path& folder);

}  // namespace gridring::app
