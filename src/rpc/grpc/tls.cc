#include "rpc/grpc/tls.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <string>
#include <utility>

#include "base/guarded.h"

namespace credence::rpc {
namespace {

class Credentials final : public grpc::ServerCredentials {
 public:
  explicit Credentials(std::shared_ptr<security::TlsCredentials> tls) : tls_(std::move(tls)) {
    const bool asks = !tls_->Get()->material.client_ca.empty();
    // The options are the credentials' from then on.
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            asks ? GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY
                 : GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE,
            Fetch, this));
  }
  Credentials(const Credentials&) = delete;
  Credentials& operator=(const Credentials&) = delete;
  ~Credentials() override { grpc_server_credentials_release(credentials_); }

  // Calls are admitted by the handler.
  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // gRPC asks before each handshake, on any thread.
  static grpc_ssl_certificate_config_reload_status Fetch(void* self,
                                                         grpc_ssl_server_certificate_config** out) {
    Credentials& credentials = *static_cast<Credentials*>(self);
    const security::TlsInForcePtr now = credentials.tls_->Get();
    auto told = credentials.told_.lock();
    if (*told == now) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    const security::TlsMaterial& material = now->material;
    const grpc_ssl_pem_key_cert_pair pair{material.key.c_str(), material.certificate.c_str()};
    // gRPC wants authorities also where no client is asked for a certificate.
    const std::string& authorities =
        material.client_ca.empty() ? material.certificate : material.client_ca;
    *out = grpc_ssl_server_certificate_config_create(authorities.c_str(), &pair, 1);
    *told = now;
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  const std::shared_ptr<security::TlsCredentials> tls_;
  Guarded<security::TlsInForcePtr> told_;  // what gRPC has; null: nothing yet
  grpc_server_credentials* credentials_ = nullptr;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> MakeCredentials(
    std::shared_ptr<security::TlsCredentials> tls) {
  return std::make_shared<Credentials>(std::move(tls));
}

}  // namespace credence::rpc
