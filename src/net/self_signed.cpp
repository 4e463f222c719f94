// SPDX-License-Identifier: MIT
#include "gridring/net/self_signed.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <string_view>

#include "gridring/core/atomic_file.hpp"
#include "gridring/core/error.hpp"

namespace gridring::net {
namespace {

constexpr long seconds_valid = 86'400, clock_slack = 300;

struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(BIO* bytes) const { BIO_free(bytes); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

Owned<X509> sign(EVP_PKEY* key) {
    Owned<X509> certificate(X509_new());
    X509* of = certificate.get();
    X509_set_version(of, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(of), 1);
    X509_gmtime_adj(X509_getm_notBefore(of), -clock_slack);
    X509_gmtime_adj(X509_getm_notAfter(of), seconds_valid);
    X509_set_pubkey(of, key);
    const std::string name = "gridring";
    X509_NAME_add_entry_by_txt(X509_get_subject_name(of), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1,
                               0);
    X509_set_issuer_name(of, X509_get_subject_name(of));
    const Owned<X509_EXTENSION> names(
        X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1,DNS:localhost"));
    expects(names && X509_add_ext(of, names.get(), -1) == 1, "subjectAltName in OpenSSL");
    expects(X509_sign(of, key, EVP_sha256()) > 0, "X509_sign");
    return certificate;
}

/// What `print` writes into a BIO, for the owner alone.
template <class Print>
void write(const std::filesystem::path& file, const Print& print) {
    const Owned<BIO> bytes(BIO_new(BIO_s_mem()));
    expects(print(bytes.get()) == 1, "PEM in OpenSSL");
    char* text = nullptr;
    const long size = BIO_get_mem_data(bytes.get(), &text);
    write_file_atomically(file, std::string_view(text, static_cast<std::size_t>(size)));
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

}  // namespace

Identity make_self_signed(const std::filesystem::path& folder) {
    const Owned<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    expects(key != nullptr, "P-256 in OpenSSL");
    const Owned<X509> certificate = sign(key.get());
    Identity identity{folder / "certificate.pem", folder / "key.pem"};
    write(identity.certificate, [&](BIO* bytes) { return PEM_write_bio_X509(bytes, certificate.get()); });
    write(identity.key, [&](BIO* bytes) {
        return PEM_write_bio_PrivateKey(bytes, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
    });
    return identity;
}

}  // namespace gridring::net
