// Gate decides who may ask, from the head of a request: host, page, address, key, rates. It knows
// no transport; each makes an Asking of its request and words the refusal its way.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "security/browser.h"
#include "security/keys.h"
#include "security/limiter.h"
#include "security/proxies.h"

namespace credence::security {

// What is asked of callers. Shared by all threads; thread-safe.
struct Policy {
  // By listener; `admin` for the admin listener.
  HostRule hosts, admin_hosts;
  OriginRule origins;                             // whose pages may use the public endpoints
  std::shared_ptr<KeyStore> keys;                 // null: nobody needs a key
  bool metrics_open = false;                      // metrics need no key
  std::unique_ptr<Limiter> per_address, per_key;  // null: no limit
  Proxies proxies;                                // whose X-Forwarded-For is believed

  bool limited() const { return per_address != nullptr || per_key != nullptr; }
};

// A request, as far as it matters here. Views of the transport's.
struct Asking {
  std::string_view host = {}, origin = {}, fetch_site = {};  // the headers; empty: not there
  std::string_view path = {};
  std::string_view authorization = {}, api_key = {};
  std::uint64_t network = 0;    // of the client's address
  bool admin_listener = false;  // it arrived there
  bool changes = false;         // its method may change something: not GET, HEAD or OPTIONS
  // Of the endpoint: what its callers' keys must allow; nullopt: open to everybody, always.
  std::optional<Scope> needs = {};
};

enum class Why { kHost, kForeignPage, kNoKey, kUnknownKey, kScope, kTooFast, kTooManyAtOnce };

struct Turned {
  Why why = Why::kHost;
  std::string text;                     // for people; holds no secret
  std::chrono::seconds retry_after{0};  // of the last two
};

// Who was admitted.
struct Caller {
  std::string_view key;  // its name; valid as long as the KeyStore; empty: none was asked for
  bool counted = false;  // Gate::Leave must follow
};

// One a thread, confined to it.
class Gate {
 public:
  // `policy` must outlive it.
  explicit Gate(Policy& policy);

  // Whether this server may be asked under that name. To be asked first, of every request.
  std::optional<Turned> CheckHost(const Asking& asking) const;
  // All else. Sets `caller` when the request is admitted.
  std::optional<Turned> Admit(const Asking& asking, SteadyTime now, Caller& caller);
  // A request that was counted has been answered, or given up.
  void Leave(std::uint64_t network, const Caller& caller);

  // To which pages the browser may show the answer, as OriginRule::ReaderOf says it. Never that of
  // an admin endpoint.
  std::string_view ReaderOf(const Asking& asking) const;

 private:
  std::optional<Turned> FindKey(const Asking& asking, Caller& caller);
  std::optional<Turned> Count(const Asking& asking, SteadyTime now, Caller& caller);

  Policy& policy_;
  std::optional<KeyReader> keys_;
};

}  // namespace credence::security
