#include "http/server.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>
#include <utility>

#include <boost/asio/ip/address.hpp>

#include "base/check.h"
#include "base/processors.h"
#include "base/thread_role.h"
#include "http/descriptors.h"
#include "http/io_loop.h"

namespace credence::http {
namespace {

namespace net = boost::asio;
using net::ip::tcp;

constexpr int kSpareDescriptors = 4;

Error CannotListen(const net::ip::address& address, int port, std::string_view why) {
  return Error{Code::kUnavailable,
               "cannot listen on " + HostPort(address.to_string(), port) + ": " + std::string(why)};
}

// SO_REUSEPORT would let two servers share a port in silence: without it the kernel tells.
Result<void> CheckFree(const net::ip::address& address, int port) {
  net::io_context context;
  tcp::acceptor probe(context);
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(port));
  boost::system::error_code error;
  probe.open(endpoint.protocol(), error);
  if (!error) probe.set_option(net::socket_base::reuse_address(true), error);
  if (!error) probe.bind(endpoint, error);
  if (!error) return {};
  return CannotListen(address, port, error.message());
}

class AsioServer final : public Server {
 public:
  AsioServer(ServerOptions options, const Clock& clock)
      : options_(std::move(options)), clock_(clock) {
    if (options_.threads <= 0) {
      options_.threads = UsableProcessors();
    }
    options_.connections_max = RoomForConnections(options_.connections_max);
    for (int i = 0; i < options_.threads; ++i) {
      loops_.push_back(std::make_shared<IoLoop>(i, options_, clock_, connections_, spares_));
    }
  }
  ~AsioServer() override { Drain(std::chrono::milliseconds(0)); }

  Result<void> Bind() {
    for (const Listener& listener : options_.listeners) {
      const Result<int> port = Bind(listener);
      if (!port) return port.error();
      ports_.push_back(*port);
    }
    return {};
  }

  std::vector<int> ports() const override { return ports_; }
  int threads() const override { return options_.threads; }
  int connections_max() const override { return options_.connections_max; }

  void Start(HandlerFactory factory) override {
    CREDENCE_CHECK(threads_.empty());
    for (const auto& loop : loops_) loop->SetHandler(factory(*loop));
    for (const auto& loop : loops_) {
      threads_.emplace_back([loop] {
        EnterThread("io-" + std::to_string(loop->index()), ThreadRole::kServing);
        loop->Run();
      });
    }
  }

  bool Drain(std::chrono::milliseconds limit) override {
    const SteadyTime deadline = clock_.Now() + limit;
    for (const auto& loop : loops_) loop->Drain(deadline);
    threads_.clear();  // joins
    return std::all_of(loops_.begin(), loops_.end(),
                       [](const auto& loop) { return loop->answered_all(); });
  }

  ServerStats stats() const override {
    ServerStats sum;
    for (const auto& loop : loops_) {
      sum.connections_open += loop->connections_open.Get();
      sum.connections_total += loop->connections_total.Get();
      sum.requests_in_flight += loop->requests_in_flight.Get();
      sum.unreported += loop->unreported.Get();
    }
    return sum;
  }

 private:
  // On every loop. Returns the port.
  Result<int> Bind(const Listener& listener) {
    boost::system::error_code error;
    const net::ip::address address = net::ip::make_address(listener.address, error);
    if (error) {
      return Error{Code::kUnavailable, "\"" + listener.address + "\" is not an IP address"};
    }
    int port = listener.port;
    if (port < 0 || port > 65535) {
      return Error{Code::kUnavailable, "port is " + std::to_string(port) + "; the limit is 65535"};
    }
    if (port != 0) {
      if (Result<void> free = CheckFree(address, port); !free) return free.error();
    }
    for (const auto& loop : loops_) {
      const Result<int> bound = loop->Listen(address, port, listener);
      if (!bound) return bound.error();
      port = *bound;
    }
    return port;
  }

  ServerOptions options_;
  const Clock& clock_;
  std::atomic<std::int64_t> connections_{0};
  SpareDescriptors spares_{kSpareDescriptors};
  std::vector<int> ports_;
  std::vector<std::shared_ptr<IoLoop>> loops_;
  std::vector<std::jthread> threads_;
};

}  // namespace

std::string HostPort(std::string_view address, int port) {
  const bool ipv6 = address.find(':') != address.npos;
  std::string text(ipv6 ? "[" : "");
  text.append(address).append(ipv6 ? "]:" : ":").append(std::to_string(port));
  return text;
}

Result<std::unique_ptr<Server>> Server::Listen(ServerOptions options, const Clock& clock) {
  try {
    auto server = std::make_unique<AsioServer>(std::move(options), clock);
    if (Result<void> bound = server->Bind(); !bound) return bound.error();
    return std::unique_ptr<Server>(std::move(server));
  } catch (const std::exception& exception) {  // Asio, without file descriptors for an event loop
    return Error{Code::kUnavailable,
                 std::string("cannot make the I/O threads: ") + exception.what()};
  }
}

}  // namespace credence::http
