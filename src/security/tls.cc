#include "security/tls.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <string_view>
#include <utility>
#include <vector>

#include "base/read_file.h"

namespace credence::security {
namespace {

// TLS 1.2: forward secrecy and authenticated encryption only. All suites of TLS 1.3 have both.
constexpr const char* kCiphers = "ECDHE+AESGCM:ECDHE+CHACHA20";
constexpr unsigned char kSessionContext[] = "credence";
constexpr std::string_view kHttp = "http/1.1";

template <auto Function>
struct Frees {
  template <class T>
  void operator()(T* object) const {
    Function(object);
  }
};
using Bio = std::unique_ptr<BIO, Frees<BIO_free_all>>;
using Certificate = std::unique_ptr<X509, Frees<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Frees<EVP_PKEY_free>>;

Error Wrong(std::string what) { return Error{Code::kInvalidArgument, std::move(what)}; }

// What OpenSSL said last, such as "key values mismatch".
std::string Reason() {
  const char* reason = ERR_reason_error_string(ERR_peek_last_error());
  ERR_clear_error();
  return reason == nullptr ? "unknown" : reason;
}

Bio Reader(const std::string& pem) {
  return Bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

// A key with a password is refused; OpenSSL would ask for it on the terminal.
int NoPassword(char*, int, int, void*) { return -1; }

Result<std::vector<Certificate>> Certificates(const std::string& pem, const char* what) {
  std::vector<Certificate> certificates;
  const Bio bio = Reader(pem);
  while (X509* one = PEM_read_bio_X509(bio.get(), nullptr, NoPassword, nullptr)) {
    certificates.emplace_back(one);
  }
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (certificates.empty() && at_end) {
    ERR_clear_error();
    return Wrong(std::string(what) + " holds no certificate in PEM");
  }
  if (!at_end) return Wrong(std::string(what) + " is damaged: " + Reason());
  ERR_clear_error();
  return certificates;
}

Result<void> UseCertificate(SSL_CTX& context, const TlsMaterial& material, TlsInForce& out) {
  auto chain = Certificates(material.certificate, "the certificate file");
  if (!chain) return chain.error();
  X509* const own = chain->front().get();
  const Bio bio = Reader(material.key);
  const Key key(PEM_read_bio_PrivateKey(bio.get(), nullptr, NoPassword, nullptr));
  if (key == nullptr) {
    ERR_clear_error();
    return Wrong("the key file holds no private key in PEM that can be read without a password");
  }
  if (SSL_CTX_use_certificate(&context, own) != 1) {
    return Wrong("the certificate cannot be used: " + Reason());
  }
  if (X509_check_private_key(own, key.get()) != 1) {
    ERR_clear_error();
    return Wrong("the key does not belong to the certificate");
  }
  if (SSL_CTX_use_PrivateKey(&context, key.get()) != 1) {
    return Wrong("the key cannot be used: " + Reason());
  }
  for (std::size_t i = 1; i < chain->size(); ++i) {
    if (SSL_CTX_add1_chain_cert(&context, (*chain)[i].get()) != 1) {
      return Wrong("a certificate of the chain cannot be used: " + Reason());
    }
  }
  const Bio name(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(name.get(), X509_get_subject_name(own), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long length = BIO_get_mem_data(name.get(), &text);
  out.subject.assign(text, static_cast<std::size_t>(length));
  std::tm time{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(own), &time) == 1) {
    out.expires = std::chrono::system_clock::from_time_t(timegm(&time));
  }
  return {};
}

Result<void> AskClients(SSL_CTX& context, const std::string& pem) {
  const auto authorities = Certificates(pem, "the file of the clients' authorities");
  if (!authorities) return authorities.error();
  for (const Certificate& authority : *authorities) {
    if (X509_STORE_add_cert(SSL_CTX_get_cert_store(&context), authority.get()) != 1 ||
        SSL_CTX_add_client_CA(&context, authority.get()) != 1) {
      return Wrong("an authority of the clients cannot be used: " + Reason());
    }
  }
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return {};
}

// Chooses http/1.1 from what the client offers; a client that offers only other protocols is
// refused, so that nobody's message is taken for one of another protocol.
int ChooseProtocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes,
                   const unsigned char* offered, unsigned int offered_bytes, void*) {
  const std::string_view list(reinterpret_cast<const char*>(offered), offered_bytes);
  for (std::size_t at = 0; at < list.size();) {
    const auto bytes = static_cast<unsigned char>(list[at]);
    if (list.substr(at + 1, bytes) == kHttp) {
      *chosen = offered + at + 1;
      *chosen_bytes = bytes;
      return SSL_TLSEXT_ERR_OK;
    }
    at += 1u + bytes;
  }
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

Result<TlsMaterial> ReadMaterial(const TlsFiles& files) {
  auto certificate = ReadTextFile(files.certificate, kPemBytesMax);
  if (!certificate) return certificate.error();
  auto key = ReadTextFile(files.key, kPemBytesMax);
  if (!key) return key.error();
  TlsMaterial material{*std::move(certificate), *std::move(key), {}};
  if (files.client_ca.empty()) return material;
  auto client_ca = ReadTextFile(files.client_ca, kPemBytesMax);
  if (!client_ca) return client_ca.error();
  material.client_ca = *std::move(client_ca);
  return material;
}

Result<TlsInForcePtr> ReadTls(const TlsFiles& files) {
  auto material = ReadMaterial(files);
  if (!material) return material.error();
  auto made = MakeTls(*std::move(material));
  if (made) return made;
  return Annotate(made.error(), files.certificate);
}

}  // namespace

Result<TlsInForcePtr> MakeTls(TlsMaterial material) {
  auto made = std::make_shared<TlsInForce>();
  made->context = {SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
  if (made->context == nullptr) return Error{Code::kInternal, "OpenSSL: " + Reason()};
  SSL_CTX& context = *made->context;
  SSL_CTX_set_min_proto_version(&context, TLS1_2_VERSION);
  SSL_CTX_set_options(&context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                    SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_mode(&context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                 SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_read_ahead(&context, 1);  // one read of the socket a record instead of two
  SSL_CTX_set_session_id_context(&context, kSessionContext, sizeof kSessionContext - 1);
  SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_OFF);  // tickets keep sessions instead
  SSL_CTX_set_alpn_select_cb(&context, ChooseProtocol, nullptr);
  if (SSL_CTX_set_cipher_list(&context, kCiphers) != 1) {
    return Error{Code::kInternal, "OpenSSL has none of the ciphers: " + Reason()};
  }
  if (auto used = UseCertificate(context, material, *made); !used) return used.error();
  if (!material.client_ca.empty()) {
    if (auto asked = AskClients(context, material.client_ca); !asked) return asked.error();
  }
  made->material = std::move(material);
  return TlsInForcePtr(std::move(made));
}

TlsCredentials::TlsCredentials(TlsFiles files, WatchedFiles watched, TlsInForcePtr in_force)
    : files_(std::move(files)), watched_(std::move(watched)), in_force_(std::move(in_force)) {}

Result<std::shared_ptr<TlsCredentials>> TlsCredentials::Load(TlsFiles files) {
  WatchedFiles watched({files.certificate, files.key, files.client_ca});  // before they are read
  auto read = ReadTls(files);
  if (!read) return read.error();
  return std::shared_ptr<TlsCredentials>(
      new TlsCredentials(std::move(files), std::move(watched), *std::move(read)));
}

Result<void> TlsCredentials::Reload() {
  auto read = ReadTls(files_);
  if (!read) return read.error();
  auto in_force = in_force_.lock();
  *in_force = *std::move(read);
  return {};
}

}  // namespace credence::security
