// The server's side of TLS 1.2 and 1.3: certificates from files, which may change while it runs.
// No transport is known here: HTTP takes the OpenSSL context, others may take the PEM texts.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/guarded.h"
#include "base/result.h"
#include "security/watched_files.h"

struct ssl_ctx_st;

namespace credence::security {

inline constexpr std::size_t kPemBytesMax = 1 << 20;  // of each file

// Paths of PEM files.
struct TlsFiles {
  std::string certificate;  // the server's, then those between it and its root
  std::string key;          // its private key, without a password
  std::string client_ca;    // who signs clients' certificates; empty: clients need none
};

// What was read from them.
struct TlsMaterial {
  std::string certificate, key, client_ca;
};

// What new connections use. Immutable.
struct TlsInForce {
  TlsMaterial material;
  std::shared_ptr<ssl_ctx_st> context;
  std::string subject;  // of the certificate: "CN=example.org"
  WallTime expires;     // the certificate
};
using TlsInForcePtr = std::shared_ptr<const TlsInForce>;

// Checks that certificate and key belong together and makes the context: TLS 1.2 with forward
// secrecy and authenticated encryption, or TLS 1.3; ALPN http/1.1; no renegotiation. With
// `client_ca` a client without a certificate that it signed is refused.
// Errors: kInvalidArgument - what is wrong with which of the three.
Result<TlsInForcePtr> MakeTls(TlsMaterial material);

// Threads: Get is thread-safe; the others are confined to one thread.
class TlsCredentials {
 public:
  // Errors: kInvalidArgument, and those of ReadTextFile, naming the file.
  static Result<std::shared_ptr<TlsCredentials>> Load(TlsFiles files);

  // Never null.
  TlsInForcePtr Get() const {
    auto in_force = in_force_.lock();
    return *in_force;
  }
  // Reads the files again; connections that exist keep what they have. After an error what was in
  // force stays.
  Result<void> Reload();
  bool FilesChanged() { return watched_.Changed(); }
  const TlsFiles& files() const { return files_; }

 private:
  TlsCredentials(TlsFiles files, WatchedFiles watched, TlsInForcePtr in_force);

  const TlsFiles files_;
  WatchedFiles watched_;
  mutable Guarded<TlsInForcePtr> in_force_;
};

}  // namespace credence::security
