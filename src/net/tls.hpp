// SPDX-License-Identifier: MIT
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <string>

#include "gridring/net/http_server.hpp"

namespace gridring::net {

/// Trusts the certificates of the system, and those in `ca_file` unless it is empty; TLS 1.2 or later; peers are
/// verified. Throws StoreError when `ca_file` cannot be read.
boost::asio::ssl::context make_tls_context(const std::filesystem::path& ca_file);

/// A server's side: presents `identity`, TLS 1.2 or later, asks clients for no certificate. Throws StoreError when a
/// file cannot be read or the key belongs to another certificate.
boost::asio::ssl::context make_tls_identity(const Identity& identity);

/// Before the handshake: the name to ask for (SNI) and to find in the certificate.
void expect_host(SSL* session, const std::string& host);

/// "self-signed certificate", "hostname mismatch": why the peer was not trusted; empty when its certificate was not the
/// matter.
std::string distrust_reason(SSL* session);

}  // namespace gridring::net
