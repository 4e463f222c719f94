// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>

#include "gridring/net/http_server.hpp"

namespace gridring::net {

/// A new key and a certificate for 127.0.0.1 and localhost that it signs itself, valid for a day, as PEM files in
/// `folder`. For a server of a test or a benchmark: its clients name the certificate as their ca_file. Throws
/// StoreError.
Identity make_self_signed(const std::filesystem::path& folder);

}  // namespace gridring::net
