// SPDX-License-Identifier: MIT
#include "app/encryption.hpp"

#include <cstdlib>
#include <optional>

#include "app/core_dumps.hpp"
#include "app/extraction_summary.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

fs::path file_of_environment() {
    const char* file = std::getenv("GRIDRING_ENCRYPTION_KEY_FILE");
    return file == nullptr ? "" : file;
}

void use_key_in(const fs::path& file, KeyUse use = KeyUse::all) {
    if (file.empty()) return;
    forbid_core_dumps();  // they would hold the data
    const auto key = store::EncryptionKey::read(file);
    use == KeyUse::all ? store::use_key(key) : store::also_read_with(key);
}

/// One of the files that a page shows; all have one key.
std::optional<fs::path> encrypted_in(const fs::path& folder) {
    for (const char* name : {"results.h5", "forecast.h5", "series.h5"})
        if (store::is_encrypted(folder / name)) return folder / name;
    return std::nullopt;
}

}  // namespace

void use_key_of_environment() { use_key_in(file_of_environment()); }

void use_key_of(const Settings& settings, KeyUse use) {
    std::error_code error;
    const fs::path& file = settings.encryption_key_file;
    if (file_of_environment().empty() || (use == KeyUse::reading && fs::exists(file, error))) use_key_in(file, use);
}

void use_key_of_folder(const fs::path& file) {
    const fs::path config = file.parent_path() / "config.yaml";
    std::error_code error;
    if (!file_of_environment().empty() || !store::is_encrypted(file)) return;
    if (fs::exists(config, error)) return use_key_of(parse_settings(read_file(config), config.string(), {}));
    use_key_in(text_in(summary_in(file.parent_path()), "encryption_key_file"));
}

void use_key_of_run(const fs::path& folder) {
    if (const auto file = encrypted_in(folder)) use_key_of_folder(*file);
}

bool is_encrypted_run(const fs::path& folder) { return encrypted_in(folder).has_value(); }

}  // namespace gridring::app
