// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "app/settings.hpp"
#include "gridring/source/emulator.hpp"

namespace gridring::app {

/// What the provenance of series.h5 says of this program.
std::string extraction_history();

/// The emulator of a whole extraction where one is asked for, and the options and the key for it or for EIA's server.
class EiaSource {
public:
    /// An emulator has the hours up to `last`. Throws ConfigError without a key.
    EiaSource(Settings& settings, Hour last);

    const std::string& key() const { return key_; }
    /// By the emulator's clock; precondition: there is one.
    Hour last_published() const { return emulator_->grid().last_published(); }

private:
    void require_key(const Settings& settings);
    void emulate(Settings& settings, Hour last);

    std::string key_;
    std::optional<source::Emulator> emulator_;
};

}  // namespace gridring::app
