// TLS for gRPC, by the certificates that HTTP has.
#pragma once

#include <grpcpp/security/server_credentials.h>

#include <memory>

#include "security/tls.h"

namespace credence::rpc {

// Each new connection gets the certificate that is in force then. A client must show a certificate
// where `tls` names authorities of clients. TLS 1.2 or 1.3, and gRPC's own list of ciphers, all
// with forward secrecy and authenticated encryption.
// The credentials must outlive the server that uses them.
std::shared_ptr<grpc::ServerCredentials> MakeCredentials(
    std::shared_ptr<security::TlsCredentials> tls);

}  // namespace credence::rpc
