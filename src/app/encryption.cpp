// SPDX-License-Identifier: MIT
#include "app/encryption.hpp"

#include <cstdlib>

#include "app/core_dumps.hpp"
#include "gridring/core/atomic_file.hpp"
#include "gridring/store/encryption.hpp"

namespace gridring::app {
namespace {

namespace fs = std::filesystem;

fs::path file_of_environment() {
    const char* file = std::getenv("GRIDRING_ENCRYPTION_KEY_FILE");
    return file == nullptr ? "" : file;
}

void use_key_in(const fs::path& file) {
    if (file.empty()) return;
    forbid_core_dumps();  // they would hold the data
    store::use_key(store::EncryptionKey::read(file));
}

}  // namespace

void use_key_of_environment() { use_key_in(file_of_environment()); }

void use_key_of(const Settings& settings) {
    if (file_of_environment().empty()) use_key_in(settings.encryption_key_file);
}

void use_key_of_folder(const fs::path& file) {
    const fs::path config = file.parent_path() / "config.yaml";
    std::error_code error;
    if (!file_of_environment().empty()) return;
    if (store::is_encrypted(file) && fs::exists(config, error))
        use_key_of(parse_settings(read_file(config), config.string(), {}));
}

void use_key_of_run(const fs::path& folder) {
    for (const char* name : {"results.h5", "forecast.h5", "series.h5"})
        if (store::is_encrypted(folder / name)) return use_key_of_folder(folder / name);  // all have one key
}

}  // namespace gridring::app
