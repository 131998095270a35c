#include "security/gate.h"

#include <algorithm>
#include <functional>
#include <string>

#include "base/ascii.h"

namespace credence::security {
namespace {

constexpr std::string_view kBearer = "bearer ";

std::uint64_t IdOf(std::string_view name) { return std::hash<std::string_view>{}(name); }

std::string_view Presented(const Asking& asking) {
  if (!StartsWithIgnoringCase(asking.authorization, kBearer)) return asking.api_key;
  std::string_view key = asking.authorization.substr(kBearer.size());
  key.remove_prefix(std::min(key.find_first_not_of(' '), key.size()));
  return key;
}

// What a client sent, cut, for a message.
std::string Quoted(std::string_view text) {
  constexpr std::size_t kMax = 100;
  return "\"" + std::string(text.substr(0, kMax)) + (text.size() > kMax ? "…\"" : "\"");
}

// "3", "0.5"
std::string Number(double value) {
  std::string text = std::to_string(value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

Turned TooMuch(const Limiter::Answer& answer, const Allowance& allowance, const std::string& who) {
  if (answer.ruling == Limiter::Ruling::kTooManyAtOnce) {
    return {Why::kTooManyAtOnce,
            who + " has " + std::to_string(allowance.concurrency) +
                " requests under way, which is the limit; send the next when one is answered",
            std::chrono::seconds(1)};
  }
  const auto wait = std::chrono::ceil<std::chrono::seconds>(answer.wait);
  return {Why::kTooFast,
          who + " may send " + Number(allowance.rate) +
              " requests a second; the next may come in " + std::to_string(wait.count()) + " s",
          wait};
}

}  // namespace

Gate::Gate(Policy& policy) : policy_(policy) {
  if (policy.keys != nullptr) keys_.emplace(*policy.keys);
}

std::optional<Turned> Gate::CheckHost(const Asking& asking) const {
  const HostRule& rule = asking.admin_listener ? policy_.admin_hosts : policy_.hosts;
  if (rule.Accepts(asking.host)) return std::nullopt;
  return Turned{Why::kHost, "this server does not answer under the name " + Quoted(asking.host) +
                                "; --allowed-hosts names those that it has"};
}

std::string_view Gate::ReaderOf(const Asking& asking) const {
  return asking.needs == Scope::kAdmin ? "" : policy_.origins.ReaderOf(asking.origin, asking.path);
}

std::optional<Turned> Gate::Admit(const Asking& asking, SteadyTime now, Caller& caller) {
  caller = {};
  if (asking.changes && IsForeign(asking.host, asking.origin, asking.fetch_site) &&
      ReaderOf(asking).empty()) {
    return Turned{Why::kForeignPage,
                  "a page of " + (asking.origin.empty() ? "another site" : Quoted(asking.origin)) +
                      " may not do this; --cors-origin names pages that may predict"};
  }
  if (!asking.needs) return std::nullopt;
  if (policy_.limited()) return Count(asking, now, caller);
  return FindKey(asking, caller);
}

// Finds the key between the two limits, so that who tries keys is held to the address's.
std::optional<Turned> Gate::Count(const Asking& asking, SteadyTime now, Caller& caller) {
  if (policy_.per_address != nullptr) {
    const auto answer = policy_.per_address->Enter(asking.network, now);
    if (answer.ruling != Limiter::Ruling::kYes) {
      return TooMuch(answer, policy_.per_address->allowance(), "your address");
    }
  }
  std::optional<Turned> turned = FindKey(asking, caller);
  if (!turned && policy_.per_key != nullptr && !caller.key.empty()) {
    const auto answer = policy_.per_key->Enter(IdOf(caller.key), now);
    if (answer.ruling != Limiter::Ruling::kYes) {
      turned = TooMuch(answer, policy_.per_key->allowance(), "key " + std::string(caller.key));
    }
  }
  caller.counted = !turned;
  if (turned && policy_.per_address != nullptr) policy_.per_address->Leave(asking.network);
  return turned;
}

void Gate::Leave(std::uint64_t network, const Caller& caller) {
  if (policy_.per_address != nullptr) policy_.per_address->Leave(network);
  if (policy_.per_key != nullptr && !caller.key.empty()) policy_.per_key->Leave(IdOf(caller.key));
}

std::optional<Turned> Gate::FindKey(const Asking& asking, Caller& caller) {
  if (!keys_) return std::nullopt;
  const std::string_view presented = Presented(asking);
  if (presented.empty()) {
    return Turned{Why::kNoKey, "this needs a key; send it as Authorization: Bearer KEY"};
  }
  const KeyRing::Key* const key = keys_->Get().Find(presented);
  if (key == nullptr) return Turned{Why::kUnknownKey, "the key is not known here"};
  caller.key = key->name;
  if ((key->scopes & static_cast<unsigned>(*asking.needs)) != 0) return std::nullopt;
  return Turned{Why::kScope, "key " + std::string(key->name) + " has the scopes " +
                                 ScopeNames(key->scopes) + "; this needs " +
                                 std::string(ScopeName(*asking.needs))};
}

}  // namespace credence::security
