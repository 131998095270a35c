#include "cli/serve_security.h"

#include <cstdint>
#include <memory>
#include <random>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "base/time_text.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/serve_option.h"

namespace credence::cli {
namespace {

using CredentialsPtr = std::shared_ptr<security::TlsCredentials>;

Result<CredentialsPtr> LoadTls(const security::TlsFiles& files, const std::string& prefix) {
  if (files.certificate.empty() != files.key.empty()) {
    return Error{Code::kInvalidArgument,
                 prefix + "-cert and " + prefix + "-key go together; one is missing"};
  }
  if (!files.certificate.empty()) return security::TlsCredentials::Load(files);
  if (files.client_ca.empty()) return CredentialsPtr();
  return Error{Code::kInvalidArgument, prefix + "-client-ca needs " + prefix + "-cert"};
}

void ReloadTls(security::TlsCredentials& tls, Security::Which which, Log& log) {
  const bool changed = tls.FilesChanged();
  if (!changed && which == Security::Which::kChanged) return;
  const std::string& file = tls.files().certificate;
  if (const auto read = tls.Reload(); !read) {
    log.Error("the new certificate cannot be used; the old one stays",
              {{"file", file}, {"reason", read.error().message}});
    return;
  }
  const auto now = tls.Get();
  log.Info("certificate read",
           {{"file", file}, {"subject", now->subject}, {"expires", Rfc3339(now->expires)}});
}

void ReloadKeys(security::KeyStore& keys, Security::Which which, Log& log) {
  const bool changed = keys.FileChanged();
  if (!changed && which == Security::Which::kChanged) return;
  const auto count = keys.Reload();
  if (!count) {
    log.Error("the new API keys cannot be used; the old ones stay",
              {{"file", keys.path()}, {"reason", count.error().message}});
    return;
  }
  log.Info("API keys read", {{"file", keys.path()}, {"keys", *count}});
}

bool IsLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1";
}

std::vector<std::string> WithoutEmpty(std::vector<std::string> texts) {
  std::erase(texts, std::string());
  return texts;
}

void AddAllowance(CLI::App& verb, const std::string& whom, security::Allowance& allowance) {
  Add(verb, "--rate-per-" + whom, allowance.rate,
      "Requests a second of each " + whom + "; those of one second may come at once; 0: no limit")
      ->check(RealNumber(0, 1e6))
      ->capture_default_str();
  Add(verb, "--concurrency-per-" + whom, allowance.concurrency,
      "Requests of each " + whom + " that may be under way; 0: no limit")
      ->check(WholeNumber(0, 1'000'000))
      ->capture_default_str();
}

std::unique_ptr<security::Limiter> MakeLimiter(const security::Allowance& allowance) {
  if (!allowance.any()) return nullptr;
  std::random_device random;
  const std::uint64_t seed = std::uint64_t{random()} << 32 | random();
  return std::make_unique<security::Limiter>(allowance, seed);
}

Result<void> ReadFiles(const SecurityFlags& flags, Security& plan) {
  auto tls = LoadTls(flags.tls, "--tls");
  if (!tls) return tls.error();
  plan.tls = *std::move(tls);
  security::TlsFiles admin = flags.admin_tls;
  if (admin.certificate.empty() && admin.key.empty()) {
    admin.certificate = flags.tls.certificate;
    admin.key = flags.tls.key;
  }
  if (admin.client_ca.empty()) admin.client_ca = flags.tls.client_ca;
  auto admin_tls = LoadTls(admin, "--admin-tls");
  if (!admin_tls) return admin_tls.error();
  plan.admin_tls = *std::move(admin_tls);
  if (flags.api_keys.empty()) return {};
  auto keys = security::KeyStore::Load(flags.api_keys);
  if (!keys) return Annotate(keys.error(), "--api-keys");
  plan.keys = *std::move(keys);
  return {};
}

Result<void> MakePolicy(const SecurityFlags& flags, Security& plan) {
  security::Policy& policy = plan.policy;
  const std::vector<std::string> names = WithoutEmpty(flags.allowed_hosts);
  auto only = security::HostRule::Only(names);
  if (!only) return Annotate(only.error(), "--allowed-hosts");
  if (!names.empty() || IsLoopback(plan.bound.address)) policy.hosts = *only;
  if (!names.empty() || IsLoopback(plan.bound.admin_address)) policy.admin_hosts = *only;
  auto origins = security::OriginRule::Make(WithoutEmpty(flags.cors_origins));
  if (!origins) return Annotate(origins.error(), "--cors-origin");
  policy.origins = *std::move(origins);
  auto proxies = security::Proxies::Of(WithoutEmpty(flags.proxies));
  if (!proxies) return Annotate(proxies.error(), "--trusted-proxies");
  policy.proxies = *std::move(proxies);
  if (flags.per_key.any() && plan.keys == nullptr) {
    return Error{Code::kInvalidArgument,
                 "--rate-per-key and --concurrency-per-key need --api-keys"};
  }
  policy.keys = plan.keys;
  policy.metrics_open = flags.metrics_open;
  policy.per_key = MakeLimiter(flags.per_key);
  policy.per_address = MakeLimiter(flags.per_address);
  return {};
}

}  // namespace

void AddSecurityFlags(CLI::App& verb, SecurityFlags& flags) {
  const auto add = [&verb](const std::string& name, auto& value, const std::string& help) {
    return Add(verb, name, value, help);
  };
  add("--tls-cert", flags.tls.certificate,
      "Serve by HTTPS: PEM file with the certificate and those between it and its root");
  add("--tls-key", flags.tls.key, "PEM file with its private key, without a password");
  add("--tls-client-ca", flags.tls.client_ca,
      "PEM file of authorities; a client must show a certificate that one of them signed");
  add("--admin-tls-cert", flags.admin_tls.certificate,
      "Certificate for --admin-port; default: that of --port, as for the next two");
  add("--admin-tls-key", flags.admin_tls.key, "Its key");
  add("--admin-tls-client-ca", flags.admin_tls.client_ca, "Authorities of its clients");
  add("--api-keys", flags.api_keys,
      "File of the keys, one of which each request must carry; see credence key --help");
  verb.add_flag("--metrics-open", flags.metrics_open, "Metrics need no key")
      ->envname(EnvironmentName("metrics-open"));
  AddAllowance(verb, "key", flags.per_key);
  AddAllowance(verb, "address", flags.per_address);
  add("--allowed-hosts", flags.allowed_hosts,
      "Names by which the server may be asked, beside addresses and names without a dot, such as "
      "example.org,*.example.org; * accepts all; default: none on a loopback address, else all")
      ->delimiter(',');
  add("--cors-origin", flags.cors_origins,
      "A web page's origin that may use the public endpoints, such as https://app.example.org; may "
      "be repeated")
      ->delimiter(',');
  add("--trusted-proxies", flags.proxies,
      "Addresses and networks of proxies, such as 10.0.0.0/8, whose X-Forwarded-For says who asks: "
      "for the log and the limits per address")
      ->delimiter(',');
}

std::optional<std::chrono::milliseconds> Security::files_period() const {
  if (tls == nullptr && admin_tls == nullptr && keys == nullptr) return std::nullopt;
  return std::chrono::milliseconds(1000);
}

void Security::Reload(Which which, Log& log) {
  if (tls != nullptr) ReloadTls(*tls, which, log);
  if (admin_tls != nullptr) ReloadTls(*admin_tls, which, log);
  if (keys != nullptr) ReloadKeys(*keys, which, log);
}

void Security::WarnOfExposure(Log& log) const {
  if (keys != nullptr && tls == nullptr && !IsLoopback(bound.address)) {
    log.Warning("API keys cross the network in the clear: there is no --tls-cert");
  }
  if (keys == nullptr && !bound.admin_address.empty() && !IsLoopback(bound.admin_address)) {
    log.Warning("whoever reaches the admin address may change what is served: no --api-keys",
                {{"address", bound.admin_address}});
  }
}

Result<Security> PlanSecurity(const SecurityFlags& flags, BoundTo bound) {
  Security plan;
  plan.bound = std::move(bound);
  if (auto read = ReadFiles(flags, plan); !read) return read.error();
  if (auto made = MakePolicy(flags, plan); !made) return made.error();
  return plan;
}

}  // namespace credence::cli
