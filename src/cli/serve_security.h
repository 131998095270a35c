// What `credence serve` is told about who may ask, and the files that it is read from.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/result.h"
#include "security/gate.h"
#include "security/keys.h"
#include "security/tls.h"

namespace CLI {
class App;
}

namespace credence::cli {

// As the user wrote it.
struct SecurityFlags {
  security::TlsFiles tls, admin_tls;
  std::string api_keys;
  bool metrics_open = false;
  security::Allowance per_key, per_address;
  std::vector<std::string> allowed_hosts, cors_origins, proxies;  // empty entries are passed over
};

void AddSecurityFlags(CLI::App& verb, SecurityFlags& flags);

// Where the listeners are, without brackets; no admin address: there is no such listener.
struct BoundTo {
  std::string address, admin_address;
};

// What the flags ask for, read and checked. Confined to one thread, but for what it hands out.
struct Security {
  BoundTo bound;
  std::shared_ptr<security::TlsCredentials> tls, admin_tls;  // null: that listener is plain
  std::shared_ptr<security::KeyStore> keys;                  // null: nobody needs a key
  security::Policy policy;

  // How often to look for changes of the files; nullopt: there are none.
  std::optional<std::chrono::milliseconds> files_period() const;
  // Reads anew those that have changed, or all, and logs what came of it. What is broken changes
  // nothing.
  enum class Which { kChanged, kAll };
  void Reload(Which which, Log& log);
  // Warns of what is open to strangers although it is meant to be closed.
  void WarnOfExposure(Log& log) const;
};

// Errors: kInvalidArgument - a flag's value, or flags that do not go together; a file that cannot
// be read or used.
Result<Security> PlanSecurity(const SecurityFlags& flags, BoundTo bound);

}  // namespace credence::cli
