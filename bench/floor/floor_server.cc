// floor_server: the least that a server could spend on a 28x28 PNG in and Credence's JSON answer
// out.
//
// The yardstick of bench/run.py, not a server to deploy: one thread, one epoll set, no deadlines.
// It does what the figure counts and nothing else: minimal HTTP/1.1 with keep-alive, PNG decoding
// by libspng, a prediction that costs nothing, the same JSON fields, two counters, one access line
// a request that is written every 100 ms.
//
//   floor_server PORT          (0 picks a free one; prints "listening on 127.0.0.1:PORT")
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <spng.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kRequestBytesMax = 64 * 1024;
constexpr int kSide = 28;
constexpr int kClasses = 10;
constexpr std::array<float, kClasses> kScores = {
    0.000412341F, 0.00113272F,   0.00837154F,  0.0123419F,  0.000091235F,
    0.000731273F, 0.0000131341F, 0.962837231F, 0.00291837F, 0.011150225F};

struct Connection {
  int fd;
  std::size_t size = 0;
  std::array<char, kRequestBytesMax> in;
};

struct Server {
  int epoll = -1;
  int listener = -1;
  std::uint64_t requests = 0;
  std::uint64_t microseconds = 0;
  std::string answer;
  std::string body;
  std::string log;
};

template <class Number>
void AppendNumber(Number value, std::string& out) {
  char text[32];
  out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

template <class PerClass>
void AppendList(PerClass per_class, std::string& out) {
  for (int k = 0; k < kClasses; ++k) {
    out += k == 0 ? '[' : ',';
    AppendNumber(per_class(k), out);
  }
  out += ']';
}

// The darkest-to-brightest sum of a 28x28 grey PNG, or nullopt: enough to prove that it was
// decoded.
std::optional<unsigned> DecodeAndSum(std::string_view png) {
  const std::unique_ptr<spng_ctx, decltype(&spng_ctx_free)> context(spng_ctx_new(0), spng_ctx_free);
  std::array<std::uint8_t, kSide * kSide> pixels;
  spng_ihdr header;
  if (spng_set_image_limits(context.get(), kSide, kSide) != 0 ||
      spng_set_png_buffer(context.get(), png.data(), png.size()) != 0 ||
      spng_get_ihdr(context.get(), &header) != 0 ||
      header.color_type != SPNG_COLOR_TYPE_GRAYSCALE || header.bit_depth != 8 ||
      header.width != kSide || header.height != kSide ||
      spng_decode_image(context.get(), pixels.data(), pixels.size(), SPNG_FMT_PNG, 0) != 0) {
    return std::nullopt;
  }
  unsigned sum = 0;
  for (const std::uint8_t p : pixels) {
    sum += p;
  }
  return sum;
}

void WriteAnswer(unsigned sum, std::string& out) {
  const auto score = [sum](int k) { return kScores[(static_cast<unsigned>(k) + sum) % kClasses]; };
  int best = 0;
  for (int k = 1; k < kClasses; ++k) {
    best = score(k) > score(best) ? k : best;
  }
  out += R"({"predictorName":"floor","predictorVersion":1,"contract":"assumed","label":")";
  AppendNumber(best, out);
  out += R"(","confidence":)";
  AppendNumber(score(best), out);
  out += R"(,"verdict":"unassessed","reasons":[],"familiarity":null,"predictionSet":[],)"
         R"("prediction":)";
  AppendList(score, out);
  out += R"(,"uncertainty":)";
  AppendList([&](int k) { return score(k) * (1 - score(k)); }, out);
  out += R"(,"rawScore":)";
  AppendNumber(score(best), out);
  out +=
      R"(,"adaptations":[{"step":"decode","format":"png","width":28,"height":28,"channels":1}]})";
}

void LogAccess(std::string_view path, int status, std::size_t bytes, std::int64_t us,
               std::string& log) {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  log += R"({"time":)";
  AppendNumber(std::chrono::duration_cast<milliseconds>(now).count(), log);
  log += R"(,"method":"POST","path":")";
  log += path;
  log += R"(","status":)";
  AppendNumber(status, log);
  log += R"(,"bytes":)";
  AppendNumber(bytes, log);
  log += R"(,"us":)";
  AppendNumber(us, log);
  log += "}\n";
}

void Flush(std::string& log) {
  if (!log.empty() && write(STDOUT_FILENO, log.data(), log.size()) < 0) {
    std::perror("access log");
  }
  log.clear();
}

// The value of Content-Length in a header block, or 0.
std::size_t ContentLength(std::string_view head) {
  constexpr std::string_view kName = "\r\ncontent-length:";
  for (std::size_t at = head.find('\r'); at != head.npos; at = head.find('\r', at + 1)) {
    if (head.size() - at > kName.size() &&
        strncasecmp(head.data() + at, kName.data(), kName.size()) == 0) {
      return std::strtoul(head.data() + at + kName.size(), nullptr, 10);
    }
  }
  return 0;
}

// Answers one whole request of head (up to and with the blank line) and body.
void Answer(std::string_view head, std::string_view body, Server& server) {
  const Clock::time_point start = Clock::now();
  const std::size_t path_at = head.find(' ') + 1;
  const std::string_view path = head.substr(path_at, head.find(' ', path_at) - path_at);
  server.body.clear();
  int status = 200;
  if (head.starts_with("GET ")) {
    server.body += "floor_requests_total ";
    AppendNumber(server.requests, server.body);
    server.body += '\n';
  } else if (const std::optional<unsigned> sum = DecodeAndSum(body)) {
    WriteAnswer(*sum, server.body);
  } else {
    status = 400;
    server.body += R"({"code":"invalid_image"})";
  }
  server.answer += status == 200 ? "HTTP/1.1 200 OK\r\n" : "HTTP/1.1 400 Bad Request\r\n";
  server.answer += "Content-Type: application/json\r\nContent-Length: ";
  AppendNumber(server.body.size(), server.answer);
  server.answer += "\r\n\r\n";
  server.answer += server.body;
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - start);
  server.requests += 1;
  server.microseconds += static_cast<std::uint64_t>(us.count());
  LogAccess(path, status, server.body.size(), us.count(), server.log);
}

// Reads what is there and answers every whole request. Returns false when the connection is over.
bool Serve(Connection& connection, Server& server) {
  const ssize_t n = recv(connection.fd, connection.in.data() + connection.size,
                         connection.in.size() - connection.size, 0);
  if (n <= 0) {
    return n < 0 && errno == EAGAIN;
  }
  connection.size += static_cast<std::size_t>(n);
  std::string_view rest(connection.in.data(), connection.size);
  server.answer.clear();
  for (;;) {
    const std::size_t end = rest.find("\r\n\r\n");
    if (end == rest.npos) {
      break;
    }
    const std::string_view head = rest.substr(0, end + 4);
    const std::size_t length = ContentLength(head);
    if (length > rest.size() - head.size()) {
      break;
    }
    Answer(head, rest.substr(head.size(), length), server);
    rest.remove_prefix(head.size() + length);
  }
  connection.size = rest.size();
  std::memmove(connection.in.data(), rest.data(), rest.size());
  const auto sent = send(connection.fd, server.answer.data(), server.answer.size(), MSG_NOSIGNAL);
  return sent == static_cast<ssize_t>(server.answer.size()) &&
         connection.size < connection.in.size();
}

void Accept(Server& server) {
  const int fd = accept4(server.listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0) {
    return;
  }
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto connection = std::make_unique<Connection>();
  connection->fd = fd;
  epoll_event event{.events = EPOLLIN, .data = {.ptr = connection.release()}};
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, fd, &event);
}

int Listen(int port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(fd, generic, size) != 0 || listen(fd, 1024) != 0 ||
      getsockname(fd, generic, &size) != 0) {
    std::perror("floor_server: listen");
    std::exit(1);
  }
  std::fprintf(stderr, "listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  sigset_t stop;
  sigemptyset(&stop);
  sigaddset(&stop, SIGTERM);
  sigaddset(&stop, SIGINT);
  sigprocmask(SIG_BLOCK, &stop, nullptr);

  Server server;
  int signals = signalfd(-1, &stop, SFD_CLOEXEC);
  server.listener = Listen(argc > 1 ? std::atoi(argv[1]) : 8080);
  server.epoll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event accepting{.events = EPOLLIN, .data = {.ptr = &server.listener}};
  epoll_event stopping{.events = EPOLLIN, .data = {.ptr = &signals}};
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, server.listener, &accepting);
  epoll_ctl(server.epoll, EPOLL_CTL_ADD, signals, &stopping);

  Clock::time_point flush_at = Clock::now() + milliseconds(100);
  for (;;) {
    std::array<epoll_event, 64> events;
    const int n = epoll_wait(server.epoll, events.data(), events.size(), 100);
    for (int i = 0; i < n; ++i) {
      void* const source = events[static_cast<std::size_t>(i)].data.ptr;
      if (source == &signals) {
        Flush(server.log);
        return 0;
      }
      if (source == &server.listener) {
        Accept(server);
        continue;
      }
      auto* const connection = static_cast<Connection*>(source);
      if (!Serve(*connection, server)) {
        close(connection->fd);
        delete connection;
      }
    }
    if (const Clock::time_point now = Clock::now(); now >= flush_at) {
      Flush(server.log);
      flush_at = now + milliseconds(100);
    }
  }
}
