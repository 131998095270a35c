#include <chrono>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/numbers.h"
#include "cli/verbs.h"
#include "fetch/http.h"

namespace credence::cli {
namespace {

struct HealthFlags {
  std::string address = "127.0.0.1";
  int port = 8080;
  std::string path = "/livez";
  std::string tls_cert;  // only whether it is there counts
  std::string client_cert, client_key;
};

// Asks once, for at most 3 s, and prints what came of it.
int AskHealth(const HealthFlags& flags) {
  std::string url = fetch::LocalOrigin(flags.address, flags.port) + flags.path;
  if (!flags.tls_cert.empty()) url.insert(std::string_view("http").size(), "s");
  // A certificate names the host that clients ask for, not this machine: none is verified here.
  const auto answer = fetch::Send({.url = url}, {.timeout = std::chrono::seconds(3),
                                                 .proxy = false,
                                                 .verify = false,
                                                 .client_certificate = flags.client_cert,
                                                 .client_key = flags.client_key});
  if (answer && answer->status == 200) {
    std::puts("ok");
    return 0;
  }
  std::printf("%s: %s\n", answer ? "not ready" : "no answer", url.c_str());
  return 1;
}

}  // namespace

Run AddHealth(CLI::App& app) {
  auto flags = std::make_shared<HealthFlags>();
  CLI::App* verb = app.add_subcommand(
      "health",
      "Asks the server on this machine whether it is well; for HEALTHCHECK lines.\n"
      "  credence health            exit status 0 when it lives\n"
      "  credence health --ready    ... when it is ready");
  verb->add_option("--address", flags->address,
                   "Address that the server listens on; 0.0.0.0 and :: stand for this machine")
      ->envname("CREDENCE_ADDRESS")
      ->capture_default_str();
  verb->add_option("--port", flags->port, "Port of the server")
      ->check(WholeNumber(1, 65535))
      ->envname("CREDENCE_PORT")
      ->capture_default_str();
  verb->add_option("--tls-cert", flags->tls_cert,
                   "Ask by HTTPS: the server's own option; its certificate is not verified")
      ->envname("CREDENCE_TLS_CERT");
  auto* const cert = verb->add_option("--client-cert", flags->client_cert,
                                      "Certificate to show a server with --tls-client-ca");
  auto* const key = verb->add_option("--client-key", flags->client_key, "Its key");
  cert->needs(key);
  key->needs(cert);
  verb->add_flag_callback(
      "--ready", [flags] { flags->path = "/readyz"; }, "Ready, not only alive");
  return [flags] { return AskHealth(*flags); };
}

}  // namespace credence::cli
