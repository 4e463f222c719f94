// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/ssl.h>

#include <boost/asio/ip/tcp.hpp>
#include <memory>

namespace gridring::net {

struct SslFree {
    void operator()(SSL* session) const { SSL_free(session); }
};
using TlsSession = std::unique_ptr<SSL, SslFree>;

/// A socket that never blocks, as OpenSSL sees it.
struct Wire {
    boost::asio::ip::tcp::socket& socket;
    boost::system::error_code
        error;  ///< why the last read or write failed, would_block aside; OpenSSL keeps no such thing
};

/// TLS over `wire`, which outlives it.
TlsSession tls_over(Wire& wire, SSL_CTX* context);
/// TLS inside the TLS of `outer`, which outlives it.
TlsSession tls_over(SSL* outer, SSL_CTX* context);

/// What an unfinished call on `session` needs, or why it failed. Call at once: OpenSSL's errors are kept per thread.
struct Verdict {
    boost::system::error_code error;  ///< would_block where it only has to wait
    bool wants_write = false;
};
Verdict judge(SSL* session, int returned, const Wire& wire);

}  // namespace gridring::net
