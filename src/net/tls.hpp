// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <string>

namespace gridring::net {

/// Trusts the certificates of the system, and those in `ca_file` unless it is empty; TLS 1.2 or later; peers are
/// verified. Throws StoreError when `ca_file` cannot be read.
boost::asio::ssl::context make_tls_context(const std::filesystem::path& ca_file);

/// Before the handshake: the name to ask for (SNI) and to find in the certificate.
void expect_host(SSL* session, const std::string& host);

/// "self-signed certificate", "hostname mismatch": why the peer was not trusted; empty when its certificate was not the
/// matter.
std::string distrust_reason(SSL* session);

}  // namespace gridring::net
