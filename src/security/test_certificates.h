// Certificates for unit tests, made when they are asked for.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace credence::security {

struct TestCertificate {
  std::string certificate, key;  // PEM
};

// Signed by itself, of the elliptic curve P-256, for a day.
inline TestCertificate MakeTestCertificate(const std::string& common_name) {
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(EVP_EC_gen("P-256"), EVP_PKEY_free);
  const std::unique_ptr<X509, void (*)(X509*)> certificate(X509_new(), X509_free);
  X509* const x509 = certificate.get();
  X509_set_version(x509, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
  X509_gmtime_adj(X509_getm_notBefore(x509), -60);
  X509_gmtime_adj(X509_getm_notAfter(x509), 24 * 60 * 60);
  X509_NAME* const name = X509_get_subject_name(x509);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                             0);
  X509_set_issuer_name(x509, name);
  X509_set_pubkey(x509, key.get());
  X509_sign(x509, key.get(), EVP_sha256());
  const auto text = [](auto write) {
    const std::unique_ptr<BIO, void (*)(BIO*)> bio(BIO_new(BIO_s_mem()), BIO_free_all);
    write(bio.get());
    std::string out(BIO_ctrl_pending(bio.get()), '\0');
    BIO_read(bio.get(), out.data(), static_cast<int>(out.size()));
    return out;
  };
  return {text([&](BIO* bio) { PEM_write_bio_X509(bio, x509); }), text([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

}  // namespace credence::security
