#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/verbs.h"

namespace credence::cli {
namespace {

struct Flags {
  int port = 8080;
  std::string path = "/livez";
};

// The status of GET `path` on this machine; 0 when nothing answers within 3 s.
int StatusOf(const Flags& flags) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return 0;
  timeval limit{.tv_sec = 3, .tv_usec = 0};
  ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(flags.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const std::string request =
      "GET " + flags.path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
  char reply[64] = {};
  int status = 0;
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
          static_cast<ssize_t>(request.size()) &&
      ::recv(fd, reply, sizeof reply - 1, MSG_WAITALL) > 12) {
    std::sscanf(reply, "HTTP/1.1 %d", &status);
  }
  ::close(fd);
  return status;
}

}  // namespace

Run AddHealth(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  CLI::App* verb = app.add_subcommand(
      "health",
      "Asks the server on this machine whether it is well; for HEALTHCHECK lines.\n"
      "  credence health            exit status 0 when it lives\n"
      "  credence health --ready    ... when it is ready");
  verb->add_option("--port", flags->port, "Port of the server")
      ->check(CLI::Range(1, 65535))
      ->envname("CREDENCE_PORT")
      ->capture_default_str();
  verb->add_flag_callback(
      "--ready", [flags] { flags->path = "/readyz"; }, "Ready, not only alive");
  return [flags] {
    const int status = StatusOf(*flags);
    std::printf("%s\n", status == 200 ? "ok" : status == 0 ? "no answer" : "not ready");
    return status == 200 ? 0 : 1;
  };
}

}  // namespace credence::cli
