#include <chrono>
#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/verbs.h"
#include "fetch/http.h"

namespace credence::cli {
namespace {

struct Flags {
  std::string address = "127.0.0.1";
  int port = 8080;
  std::string path = "/livez";
};

// The status of GET `path`; 0 when nothing answers within 3 s.
long StatusOf(const Flags& flags) {
  const auto answer =
      fetch::Send({.url = fetch::LocalOrigin(flags.address, flags.port) + flags.path},
                  {.timeout = std::chrono::seconds(3), .proxy = false});
  return answer ? answer->status : 0;
}

}  // namespace

Run AddHealth(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
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
      ->check(CLI::Range(1, 65535))
      ->envname("CREDENCE_PORT")
      ->capture_default_str();
  verb->add_flag_callback(
      "--ready", [flags] { flags->path = "/readyz"; }, "Ready, not only alive");
  return [flags] {
    const long status = StatusOf(*flags);
    std::printf("%s\n", status == 200 ? "ok" : status == 0 ? "no answer" : "not ready");
    return status == 200 ? 0 : 1;
  };
}

}  // namespace credence::cli
