#include "crypto/certificate.h"

#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

namespace antipode::crypto {

namespace {

template <auto Free>
struct Freeing {
    template <typename T>
    void operator()(T* what) const {
        Free(what);
    }
};

using Key = std::unique_ptr<EVP_PKEY, Freeing<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Freeing<X509_free>>;
using Memory = std::unique_ptr<BIO, Freeing<BIO_free_all>>;

std::unexpected<Error> failed(std::string_view what) {
    const auto code = ERR_get_error();
    const char* reason = code == 0 ? nullptr : ERR_reason_error_string(code);
    ERR_clear_error();
    return fail(ErrorCode::InvalidArgument,
                fmt::format("{}: {}", what, reason == nullptr ? "not understood" : reason));
}

std::string take_text(BIO* memory) {
    char* data = nullptr;
    const auto size = BIO_get_mem_data(memory, &data);
    return {data, static_cast<std::size_t>(size)};
}

Memory reading(const std::string& text) {
    return Memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Without it OpenSSL asks at the terminal for the password of an encrypted key, and waits.
int no_password(char* /*into*/, int /*size*/, int /*is_writing*/, void* /*data*/) {
    return -1;
}

Result<Certificate> read_certificate(const std::string& text) {
    Certificate certificate(PEM_read_bio_X509(reading(text).get(), nullptr, no_password, nullptr));
    if (!certificate) {
        return failed("this is no certificate");
    }
    return certificate;
}

Result<Key> read_key(const std::string& text) {
    Key key(PEM_read_bio_PrivateKey(reading(text).get(), nullptr, no_password, nullptr));
    if (!key) {
        return failed("this is no private key");
    }
    return key;
}

bool set_serial(X509* certificate) {
    std::uint64_t serial = 0;
    return RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial) == 1 &&
           ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) == 1;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Freeing<X509_EXTENSION_free>> extension(
        X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// Null signer: it signs itself.
struct Signer {
    X509* certificate = nullptr;
    EVP_PKEY* key = nullptr;
};

bool fill(
    X509* certificate, EVP_PKEY* key, const std::string& name, Validity validity, Signer signer) {
    const bool is_authority = signer.certificate == nullptr;
    X509* const issuer = is_authority ? certificate : signer.certificate;
    const auto* text = reinterpret_cast<const unsigned char*>(name.c_str());
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_serial(certificate) &&
           ASN1_TIME_set(X509_getm_notBefore(certificate), validity.from) != nullptr &&
           ASN1_TIME_set(X509_getm_notAfter(certificate), validity.until) != nullptr &&
           X509_set_pubkey(certificate, key) == 1 &&
           X509_NAME_add_entry_by_txt(
               X509_get_subject_name(certificate), "CN", MBSTRING_UTF8, text, -1, -1, 0) == 1 &&
           X509_set_issuer_name(certificate, X509_get_subject_name(issuer)) == 1 &&
           add_extension(certificate,
                         issuer,
                         NID_basic_constraints,
                         is_authority ? "critical,CA:TRUE,pathlen:0" : "critical,CA:FALSE") &&
           add_extension(certificate,
                         issuer,
                         NID_key_usage,
                         is_authority ? "critical,keyCertSign" : "critical,digitalSignature") &&
           add_extension(certificate, issuer, NID_subject_key_identifier, "hash") &&
           add_extension(certificate, issuer, NID_authority_key_identifier, "keyid:always") &&
           X509_sign(certificate, is_authority ? key : signer.key, EVP_sha256()) != 0;
}

Result<CertifiedKey> make(const std::string& name, Validity validity, Signer signer) {
    const Key key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    const Certificate certificate(X509_new());
    if (!key || !certificate || !fill(certificate.get(), key.get(), name, validity, signer)) {
        return failed("cannot make a certificate for " + name);
    }
    const Memory certificate_text(BIO_new(BIO_s_mem()));
    const Memory key_text(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(certificate_text.get(), certificate.get()) != 1 ||
        PEM_write_bio_PrivateKey(
            key_text.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return failed("cannot write a certificate for " + name);
    }
    return CertifiedKey{.certificate = take_text(certificate_text.get()),
                        .key = take_text(key_text.get())};
}

}  // namespace

Result<CertifiedKey> make_authority(const std::string& name, Validity validity) {
    return make(name, validity, {});
}

Result<CertifiedKey> issue(const CertifiedKey& authority,
                           const std::string& name,
                           Validity validity) {
    TRY(const Certificate certificate, read_certificate(authority.certificate));
    TRY(const Key key, read_key(authority.key));
    if (X509_check_private_key(certificate.get(), key.get()) != 1) {
        return failed("the authority's key does not belong to its certificate");
    }
    return make(name, validity, {.certificate = certificate.get(), .key = key.get()});
}

Result<std::int64_t> valid_until(const std::string& text) {
    TRY(const Certificate certificate, read_certificate(text));
    std::tm time{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &time) != 1) {
        return failed("the certificate has no end");
    }
    return static_cast<std::int64_t>(::timegm(&time));
}

}  // namespace antipode::crypto
