// SPDX-License-Identifier: MIT
#include "tls.hpp"

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

#include <boost/asio/ip/address.hpp>

#include "gridring/core/error.hpp"

namespace gridring::net {

namespace asio = boost::asio;

namespace {

constexpr std::size_t read_ahead_bytes = 64 << 10;

asio::ssl::context modern(asio::ssl::context::method side) {
    asio::ssl::context context(side);
    expects(SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION) == 1, "TLS 1.2 in OpenSSL");
    return context;
}

}  // namespace

asio::ssl::context make_tls_context(const std::filesystem::path& ca_file) {
    asio::ssl::context context = modern(asio::ssl::context::tls_client);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(context.native_handle(), 1);  // many records a system call rather than two calls a record
    SSL_CTX_set_default_read_buffer_len(context.native_handle(), read_ahead_bytes);
    context.set_verify_mode(asio::ssl::verify_peer);
    boost::system::error_code
        ignored;  // a system without certificates then trusts nobody, and says so at the handshake
    context.set_default_verify_paths(ignored);
    if (!ca_file.empty()) {
        boost::system::error_code error;
        context.load_verify_file(ca_file.string(), error);
        if (error)
            throw StoreError(ca_file.string(),
                             "expected PEM certificates to trust, found none (" + error.message() + ")");
    }
    return context;
}

asio::ssl::context make_tls_identity(const Identity& identity) {
    asio::ssl::context context = modern(asio::ssl::context::tls_server);
    boost::system::error_code error;
    context.use_certificate_chain_file(identity.certificate.string(), error);
    if (error)
        throw StoreError(identity.certificate.string(),
                         "expected the server's certificate as PEM, found none (" + error.message() + ")");
    context.use_private_key_file(identity.key.string(), asio::ssl::context::pem, error);
    if (error)
        throw StoreError(identity.key.string(), "expected the private key of " + identity.certificate.string() +
                                                    " as PEM without a password (" + error.message() + ")");
    return context;
}

void expect_host(SSL* session, const std::string& host) {
    boost::system::error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {  // an IP literal: no SNI (RFC 6066), and the certificate must name the address
        X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str());
        return;
    }
    // SSL_set_tlsext_host_name() is a macro with a C cast of a string literal; this is what it expands to.
    SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, const_cast<char*>(host.c_str()));
    SSL_set_hostflags(session, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    expects(SSL_set1_host(session, host.c_str()) == 1, "SSL_set1_host");
}

std::string distrust_reason(SSL* session) {
    const long result = SSL_get_verify_result(session);
    return result == X509_V_OK ? std::string() : X509_verify_cert_error_string(result);
}

}  // namespace gridring::net
