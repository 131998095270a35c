#include "http/io_loop.h"

#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <tuple>
#include <utility>

#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/post.hpp>

#include "base/contain.h"
#include "base/network.h"
#include "base/time_text.h"
#include "http/connection.h"

namespace credence::http {
namespace {

namespace net = boost::asio;
using net::ip::tcp;
using ReusePort = net::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;

constexpr std::chrono::milliseconds kSweepPeriod{250};
constexpr int kTurnHandlersMax = 256;  // so that a busy loop's batches do end
constexpr int kListenBacklog = 4096;
constexpr std::chrono::milliseconds kRetryPeriod{10};  // when memory is out

std::string Describe(const tcp::endpoint& endpoint) {
  return HostPort(endpoint.address().to_string(), endpoint.port());
}

std::uint64_t NetworkOf(const net::ip::address& address) {
  if (address.is_v4()) return credence::NetworkOf(address.to_v4().to_bytes());
  return credence::NetworkOf(address.to_v6().to_bytes());
}

bool IsShortOfDescriptors(const boost::system::error_code& error) {
  return error == boost::system::errc::too_many_files_open ||
         error == boost::system::errc::too_many_files_open_in_system;
}

int NewEventFd() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

IoLoop::IoLoop(int index, const ServerOptions& options, const Clock& clock,
               std::atomic<std::int64_t>& connections, SpareDescriptors& spares)
    : index_(index),
      options_(options),
      clock_(clock),
      all_connections_(connections),
      spares_(spares),
      context_(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE),
      timer_(context_),
      resume_timer_(context_),
      doorbell_(context_, NewEventFd()) {
  RefreshDate();
}

IoLoop::~IoLoop() = default;

Result<int> IoLoop::Listen(const net::ip::address& address, int port, const Listener& listener) {
  const tcp::endpoint endpoint(address, static_cast<std::uint16_t>(port));
  Acceptor acceptor(context_);
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(net::socket_base::reuse_address(true), error);
  if (!error) acceptor.set_option(ReusePort(true), error);
  if (!error) acceptor.set_option(tcp::no_delay(true), error);  // connections inherit it
  if (!error && address.is_v6()) acceptor.set_option(net::ip::v6_only(false), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(kListenBacklog, error);
  if (!error) acceptor.non_blocking(true, error);
  if (error) {
    return Error{Code::kUnavailable,
                 "cannot listen on " + Describe(endpoint) + ": " + error.message()};
  }
  const int bound = acceptor.local_endpoint(error).port();
  entrances_.push_back(std::make_unique<Entrance>(
      Entrance{.acceptor = std::move(acceptor), .role = listener.role, .tls = listener.tls}));
  return bound;
}

void IoLoop::Run() {
  for (const auto& entrance : entrances_) Accept(*entrance);
  // What is thrown here was no connection's: the loop goes on, or nobody would be served.
  while (!stopped_) std::ignore = Attempt([this] { Turn(); });
  std::ignore = Attempt([this] { Shutdown(); });
}

void IoLoop::Turn() {
  if (context_.stopped()) context_.restart();  // for a moment nothing was waited for
  const auto asked = drain_asked_.load(std::memory_order_acquire);
  if (asked != 0 && !draining_) BeginDrain(SteadyTime(SteadyTime::duration(asked)));
  const auto unarmed = Attempt([this] {
    if (!awaiting_tasks_) AwaitTasks();
    if (!sweep_scheduled_) ScheduleSweep();
    if (!resume_scheduled_ && !pauses_.empty()) ScheduleResume();
  });
  std::ignore = Attempt([&] {
    // What could not be waited for would not end a wait.
    if (unarmed) {
      context_.run_one_for(kRetryPeriod);
    } else {
      context_.run_one();
    }
    for (int i = 1; i < kTurnHandlersMax && context_.poll_one() > 0; ++i) {
    }
  });
  handler_->TurnEnd();
}

void IoLoop::Post(std::function<void()> task) {
  Post(std::make_unique<Task>(Task{.run = std::move(task)}));
}

void IoLoop::Post(std::unique_ptr<Task> task) noexcept {
  if (tasks_.Put(std::move(task)) == Placed::kFirst) Wake();
}

void IoLoop::Wake() noexcept { eventfd_write(doorbell_.native_handle(), 1); }

void IoLoop::AwaitTasks() {
  doorbell_.async_wait(Doorbell::wait_read, [this](const boost::system::error_code& error) {
    awaiting_tasks_ = false;
    if (error) return;  // Shutdown
    eventfd_t rings = 0;
    eventfd_read(doorbell_.native_handle(), &rings);
    RunTasks();
  });
  awaiting_tasks_ = true;
}

void IoLoop::RunTasks() {
  auto tasks = tasks_.TakeAll();
  while (auto task = tasks.Next()) {
    if (const auto dropped = std::move(task->dropped)) {
      dropped->AnswerDropped(std::move(task));
    } else {
      std::ignore = Attempt([&] { task->run(); });
    }
  }
}

void IoLoop::Accept(Entrance& entrance) {
  const auto on_accepted = [this, &entrance](const boost::system::error_code& error,
                                             Socket socket) {
    if (error == net::error::operation_aborted || stopped_) return;
    if (!error) {  // when draining, too: Asio may have accepted before the acceptor was closed
      // Without memory for it the connection is closed.
      if (Attempt([&] { TakeIn(std::move(socket), entrance); })) unreported.Add(1);
    } else if (IsShortOfDescriptors(error) && spares_.Give()) {
      if (Attempt([&] { AcceptBySpare(entrance); })) unreported.Add(1);
    } else if (error != net::error::connection_aborted) {
      entrance.paused = true;
      return;
    }
    if (entrance.acceptor.is_open()) Accept(entrance);
  };
  entrance.paused = Attempt([&] { entrance.acceptor.async_accept(on_accepted); }).has_value();
}

// Serves a connection if the spare descriptors are whole. If not, one of the admin listener is
// served all the same, so that metrics can be read; another is told of and closed.
void IoLoop::TakeIn(Socket socket, const Entrance& entrance) {
  if (entrance.role == Role::kAdmin || spares_.Whole()) {
    Adopt(std::move(socket), entrance);
  } else {
    RefuseForDescriptors(std::move(socket));
  }
}

// Takes the connection that waits in place of a spare descriptor.
void IoLoop::AcceptBySpare(Entrance& entrance) {
  boost::system::error_code error;
  Socket socket = entrance.acceptor.accept(error);
  if (error) {  // another thread was faster: it gives back what it has taken
    spares_.Whole();
  } else {
    TakeIn(std::move(socket), entrance);
  }
}

void IoLoop::RefuseForDescriptors(Socket socket) {
  boost::system::error_code error;
  const std::string client = Describe(socket.remote_endpoint(error));
  connections_total.Add(1);
  handler_->OnRefused({.status = 503,
                       .code = "too_many_connections",
                       .detail = "the process has no file descriptor left",
                       .client = client});
  socket.close(error);
  spares_.Whole();
}

void IoLoop::Adopt(Socket socket, const Entrance& entrance) {
  boost::system::error_code error;
  const tcp::endpoint remote = socket.remote_endpoint(error);
  std::string client = Describe(remote);
  connections_total.Add(1);
  const bool admin = entrance.role == Role::kAdmin;
  const int limit = options_.connections_max + (admin ? kAdminConnectionsExtra : 0);
  if (all_connections_.load(std::memory_order_relaxed) >= limit) {
    const std::string detail = "too many connections; the limit is " + std::to_string(limit);
    handler_->OnRefused(
        {.status = 503, .code = "too_many_connections", .detail = detail, .client = client});
    return;
  }
  std::unique_ptr<TlsSession> tls;
  if (entrance.tls != nullptr) {
    auto made = TlsSession::Make(*entrance.tls->Get(), socket.native_handle());
    if (!made) return;  // no memory for it: the connection is closed
    tls = *std::move(made);
  }
  auto connection = std::make_shared<Connection>(
      std::static_pointer_cast<IoLoop>(shared_from_this()),
      Stream(std::move(socket), std::move(tls)),
      Peer{entrance.role, std::move(client), NetworkOf(remote.address())});
  connection->slot = connections_.size();
  connections_.push_back(connection);
  all_connections_.fetch_add(1, std::memory_order_relaxed);
  connections_open.Add(1);
  connection->Start();
}

void IoLoop::Forget(Connection& connection) {
  const std::size_t slot = connection.slot;
  connections_.back()->slot = slot;
  std::swap(connections_[slot], connections_.back());
  connections_.pop_back();  // whoever calls still holds the connection
  connections_open.Add(-1);
  all_connections_.fetch_sub(1, std::memory_order_relaxed);
}

void IoLoop::ScheduleSweep() {
  std::chrono::nanoseconds wait = kSweepPeriod;
  if (draining_) {
    wait = std::clamp<std::chrono::nanoseconds>(drain_deadline_ - clock_.Now(),
                                                std::chrono::milliseconds(1), kSweepPeriod);
  }
  timer_.expires_after(wait);
  timer_.async_wait([this](const boost::system::error_code& error) {
    sweep_scheduled_ = false;
    if (!error) Sweep();
  });
  sweep_scheduled_ = true;
}

void IoLoop::ResumeLater(std::shared_ptr<Connection> connection) {
  pauses_.push_back({clock_.Now() + kRefusedPause, std::move(connection)});
  if (!resume_scheduled_) ScheduleResume();
}

void IoLoop::ScheduleResume() {
  resume_timer_.expires_after(pauses_.front().end - clock_.Now());
  resume_timer_.async_wait([this](const boost::system::error_code& error) {
    resume_scheduled_ = false;
    if (error) return;
    const SteadyTime now = clock_.Now();
    while (!pauses_.empty() && pauses_.front().end <= now) {
      const std::shared_ptr<Connection> connection = std::move(pauses_.front().connection);
      pauses_.pop_front();
      connection->Resume();
    }
    if (!pauses_.empty() && !resume_scheduled_) ScheduleResume();
  });
  resume_scheduled_ = true;
}

void IoLoop::Sweep() {
  std::ignore = Attempt([this] { RefreshDate(); });  // without memory it is a little old
  spares_.Whole();
  const SteadyTime now = clock_.Now();
  for (std::size_t i = connections_.size();
       i-- > 0;) {  // backwards: Forget moves the last one down
    const std::shared_ptr<Connection> connection = connections_[i];
    connection->Sweep(now);
  }
  for (const auto& entrance : entrances_) {
    if (entrance->paused && entrance->acceptor.is_open()) Accept(*entrance);
  }
  if (draining_ && (connections_.empty() || now >= drain_deadline_)) stopped_ = true;
}

void IoLoop::RefreshDate() {
  // The last two: a browser takes an answer for what its type says, and shows it to no other site.
  common_headers_ = "Server: credence\r\nDate: " + HttpDate(clock_.Wall()) +
                    "\r\nX-Content-Type-Options: nosniff\r\n"
                    "Cross-Origin-Resource-Policy: same-origin\r\n";
}

void IoLoop::Drain(SteadyTime deadline) {
  drain_asked_.store(deadline.time_since_epoch().count(), std::memory_order_release);
  Wake();
}

void IoLoop::BeginDrain(SteadyTime deadline) {
  draining_ = true;
  drain_deadline_ = deadline;
  for (const auto& entrance : entrances_) {
    std::ignore = Attempt([&] { AcceptWaiting(*entrance); });
    boost::system::error_code error;
    entrance->acceptor.close(error);
  }
  timer_.cancel();                           // it is scheduled anew, by the deadline
  net::post(context_, [this] { Sweep(); });  // behind what was accepted and waits to be told so
}

// Closing an acceptor resets the connections that the kernel has completed for it.
void IoLoop::AcceptWaiting(Entrance& entrance) {
  for (int i = 0; i < kListenBacklog && entrance.acceptor.is_open(); ++i) {
    boost::system::error_code error;
    Socket socket = entrance.acceptor.accept(error);
    if (error) return;
    Adopt(std::move(socket), entrance);
  }
}

void IoLoop::Shutdown() {
  for (const auto& connection : connections_) {
    if (connection->busy()) answered_all_ = false;
  }
  while (!connections_.empty()) {
    const std::shared_ptr<Connection> connection = connections_.back();
    connection->Close();
  }
  timer_.cancel();
  resume_timer_.cancel();
  pauses_.clear();
  for (const auto& entrance : entrances_) {
    boost::system::error_code error;
    entrance->acceptor.close(error);
  }
  handler_.reset();
  tasks_.Close();
  doorbell_.cancel();
  context_.restart();
  while (Attempt([this] { context_.poll(); })) {  // lets go of what the aborted operations hold
  }
}

}  // namespace credence::http
