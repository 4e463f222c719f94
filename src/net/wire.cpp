// SPDX-License-Identifier: MIT
#include "wire.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/error.hpp>

#include "gridring/core/error.hpp"

namespace gridring::net {
namespace {

namespace asio = boost::asio;

/// OpenSSL's own socket BIO would raise SIGPIPE when the peer has gone; asio's calls do not.
template <class Transfer>
int through(BIO* bio, int retry_flag, Transfer transfer) {
    BIO_clear_retry_flags(bio);
    Wire& wire = *static_cast<Wire*>(BIO_get_data(bio));
    boost::system::error_code error;
    const std::size_t count = transfer(wire.socket, error);
    if (!error) return static_cast<int>(count);
    if (error == asio::error::would_block || error == asio::error::try_again)
        BIO_set_flags(bio, retry_flag | BIO_FLAGS_SHOULD_RETRY);
    else
        wire.error = error;
    return -1;
}

int write_wire(BIO* bio, const char* data, int size) {
    return through(bio, BIO_FLAGS_WRITE, [&](auto& socket, auto& error) {
        return socket.write_some(asio::buffer(data, static_cast<std::size_t>(size)), error);
    });
}

int read_wire(BIO* bio, char* data, int size) {
    return through(bio, BIO_FLAGS_READ, [&](auto& socket, auto& error) {
        return socket.read_some(asio::buffer(data, static_cast<std::size_t>(size)), error);
    });
}

long control_wire(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

BIO_METHOD* make_method() {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "gridring wire");
    expects(method != nullptr, "BIO_meth_new");
    BIO_meth_set_write(method, write_wire);
    BIO_meth_set_read(method, read_wire);
    BIO_meth_set_ctrl(method, control_wire);
    return method;
}

TlsSession tls_over(BIO* bio, SSL_CTX* context) {
    expects(bio != nullptr, "BIO_new");
    TlsSession session(SSL_new(context));
    expects(session != nullptr, "SSL_new");
    SSL_set_bio(session.get(), bio, bio);
    SSL_set_connect_state(session.get());
    return session;
}

}  // namespace

TlsSession tls_over(Wire& wire, SSL_CTX* context) {
    static BIO_METHOD* const method = make_method();
    BIO* bio = BIO_new(method);
    if (bio) {
        BIO_set_data(bio, &wire);
        BIO_set_init(bio, 1);
    }
    return tls_over(bio, context);
}

TlsSession tls_over(SSL* outer, SSL_CTX* context) {
    BIO* bio = BIO_new(BIO_f_ssl());
    if (bio) BIO_set_ssl(bio, outer, BIO_NOCLOSE);
    return tls_over(bio, context);
}

Verdict judge(SSL* session, int returned, const Wire& wire) {
    switch (SSL_get_error(session, returned)) {
        case SSL_ERROR_NONE:
            return {};
        case SSL_ERROR_WANT_READ:
            return {asio::error::would_block, false};
        case SSL_ERROR_WANT_WRITE:
            return {asio::error::would_block, true};
        case SSL_ERROR_ZERO_RETURN:
            return {asio::error::eof, false};
        default:
            break;
    }
    const auto code = ERR_get_error();
    if (wire.error == asio::error::eof) return {asio::ssl::error::stream_truncated, false};
    if (wire.error) return {wire.error, false};
    // Without an end of TLS, and no error of the wire, it is the TLS around this one that has ended.
    if (code == 0 || ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING)
        return {asio::ssl::error::stream_truncated, false};
    return {{static_cast<int>(code), asio::error::get_ssl_category()}, false};
}

}  // namespace gridring::net
