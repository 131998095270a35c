#include "rpc/server.h"

#include <absl/synchronization/mutex.h>
#include <arpa/inet.h>
#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/thread_role.h"
#include "rpc/grpc/loop.h"
#include "rpc/grpc/tls.h"

namespace credence::rpc {
namespace {

constexpr int kMetadataBytesMax = 16 * 1024;
constexpr int kPingIntervalMin = 5000;  // ms; clients that ping more often are sent away
// Of what is held to the quota: connections, and calls without their messages.
constexpr std::size_t kBesideMessageBytes = std::size_t{4} << 20;
constexpr int kKeepalivePeriod = 60'000;  // ms; so dead connections are noticed

std::string AddressText(const ServerOptions& options, int port) {
  const bool ipv6 = options.address.find(':') != std::string::npos;
  return (ipv6 ? "[" + options.address + "]" : options.address) + ":" + std::to_string(port);
}

// Why nothing can be bound there; gRPC itself does not tell.
Result<void> CheckFree(const ServerOptions& options) {
  sockaddr_storage address{};
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&address);   // NOLINT: the sockets' own way
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&address);  // NOLINT
  socklen_t size = sizeof *v4;
  v4->sin_family = AF_INET;
  v4->sin_port = htons(static_cast<std::uint16_t>(options.port));
  if (inet_pton(AF_INET, options.address.c_str(), &v4->sin_addr) != 1) {
    size = sizeof *v6;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(static_cast<std::uint16_t>(options.port));
    if (inet_pton(AF_INET6, options.address.c_str(), &v6->sin6_addr) != 1) {
      return Error{Code::kUnavailable, "\"" + options.address + "\" is not an IP address"};
    }
  }
  const int probe = ::socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int yes = 1;
  int failed = probe < 0 ? errno : 0;
  if (probe >= 0) {
    ::setsockopt(probe, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    const auto* const any = reinterpret_cast<const sockaddr*>(&address);  // NOLINT
    if (::bind(probe, any, size) != 0) failed = errno;
    ::close(probe);
  }
  if (failed == 0) return {};
  return Error{Code::kUnavailable, "cannot listen on " + AddressText(options, options.port) +
                                       " for gRPC: " + std::strerror(failed)};
}

// gRPC's own log has one function for the process, so this is the one place that keeps a global.
std::atomic<Log*> log_of_grpc{nullptr};

// Clients can make gRPC write lines, such as by failing to shake hands.
constexpr int kLogLinesASecond = 5;
std::atomic<std::time_t> log_second{0};
std::atomic<int> log_lines{0};

void LogForGrpc(gpr_log_func_args* line) {
  Log* const log = log_of_grpc.load();
  if (log == nullptr) return;
  const std::time_t now = std::time(nullptr);
  if (log_second.exchange(now) != now) log_lines = 0;
  if (++log_lines > kLogLinesASecond) return;
  log->Warning("gRPC", {{"reason", line->message}});
}

class GrpcServer final : public Server {
 public:
  GrpcServer(ServerOptions options, const Clock& clock, Log& log)
      : options_(std::move(options)), clock_(clock) {
    log_of_grpc = &log;
    gpr_set_log_function(LogForGrpc);
    // Debian's build of absl keeps a graph of the order in which gRPC takes its locks, to report
    // deadlocks: a twentieth of what a call costs.
    absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
    // What a client sends that is no message is answered; a line for each would be theirs to write.
    google::protobuf::SetLogHandler(nullptr);
  }
  ~GrpcServer() override {
    Drain(std::chrono::milliseconds(0));
    log_of_grpc = nullptr;
  }

  Result<void> Bind() {
    if (options_.port != 0) {
      if (auto free = CheckFree(options_); !free) return free;
    }
    grpc::ServerBuilder builder;
    Limit(builder);
    credentials_ =
        options_.tls == nullptr ? grpc::InsecureServerCredentials() : MakeCredentials(options_.tls);
    builder.AddListeningPort(AddressText(options_, options_.port), credentials_, &port_);
    builder.RegisterAsyncGenericService(&service_);
    for (int i = 0; i < options_.threads; ++i) {
      loops_.push_back(
          std::make_shared<Loop>(i, options_, clock_, service_, builder.AddCompletionQueue()));
    }
    server_ = builder.BuildAndStart();
    if (server_ != nullptr && port_ != 0) return {};
    return Error{Code::kUnavailable,
                 "cannot listen on " + AddressText(options_, options_.port) + " for gRPC"};
  }

  int port() const override { return port_; }

  void Start(HandlerFactory factory) override {
    CREDENCE_CHECK(threads_.empty());
    for (const auto& loop : loops_) loop->SetHandler(factory(*loop));
    for (const auto& loop : loops_) {
      threads_.emplace_back([loop] {
        EnterThread("grpc-" + std::to_string(loop->index()), ThreadRole::kServing);
        loop->Run();
      });
    }
  }

  bool Drain(std::chrono::milliseconds limit) override {
    if (server_ == nullptr) return true;
    const bool started = !threads_.empty();
    for (const auto& loop : loops_) {
      if (started) loop->BeginDrain(clock_.Now() + limit);
    }
    server_->Shutdown(std::chrono::system_clock::now() + limit);
    for (const auto& loop : loops_) {
      if (started) {
        loop->Close();
      } else {
        loop->queue().Shutdown();
        for (void* tag = nullptr; loop->queue().Next(&tag, &unused_);) continue;
      }
    }
    threads_.clear();  // joins
    server_.reset();
    return std::all_of(loops_.begin(), loops_.end(),
                       [](const auto& loop) { return loop->answered_all(); });
  }

  std::int64_t calls_open() const override {
    std::int64_t sum = 0;
    for (const auto& loop : loops_) sum += loop->calls_open();
    return sum;
  }

 private:
  void Limit(grpc::ServerBuilder& builder) const {
    const auto connect_ms = static_cast<int>(options_.connect_deadline.count());
    builder.SetMaxReceiveMessageSize(static_cast<int>(options_.message_bytes_max));
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // two servers would share in silence
    builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, connect_ms);
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kMetadataBytesMax);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kCallsPerConnectionMax);
    builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                               kPingIntervalMin);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepalivePeriod);
    // gRPC would inflate a message in full before it looks at its size; ServerCall does not.
    builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);
    if (options_.memory == nullptr) return;
    grpc::ResourceQuota quota("credence");
    quota.Resize(std::max<std::size_t>(options_.memory->limit() / kArrivingPart,
                                       options_.message_bytes_max + kBesideMessageBytes));
    builder.SetResourceQuota(quota);
  }

  ServerOptions options_;
  const Clock& clock_;
  grpc::AsyncGenericService service_;
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::unique_ptr<grpc::Server> server_;
  int port_ = 0;
  bool unused_ = false;
  std::vector<std::shared_ptr<Loop>> loops_;
  std::vector<std::jthread> threads_;
};

}  // namespace

bool Server::Available() { return true; }

Result<std::unique_ptr<Server>> Server::Listen(ServerOptions options, const Clock& clock,
                                               Log& log) {
  auto server = std::make_unique<GrpcServer>(std::move(options), clock, log);
  if (auto bound = server->Bind(); !bound) return bound.error();
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace credence::rpc
