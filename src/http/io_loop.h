// IoLoop is one I/O thread of the server: its event loop, acceptors, connections and handler.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>

#include "base/arrivals.h"
#include "base/clock.h"
#include "base/result.h"
#include "http/descriptors.h"
#include "http/server.h"
#include "http/stream.h"

namespace credence::http {

class Connection;

using Doorbell = boost::asio::posix::basic_stream_descriptor<Executor>;
using Timer = boost::asio::basic_waitable_timer<
    std::chrono::steady_clock, boost::asio::wait_traits<std::chrono::steady_clock>, Executor>;
using Acceptor = boost::asio::basic_socket_acceptor<boost::asio::ip::tcp, Executor>;

// While draining, a connection that was answered this recently may still send one more request.
inline constexpr std::chrono::milliseconds kDrainIdle{500};

// Confined to its thread, except for what says otherwise. Connections share the ownership of their
// loop, so that a Responder that outlives the server finds the loop closed, not gone.
class IoLoop final : public IoThread {
 public:
  // `connections` counts the connections of all loops, which share `spares`. The references must
  // outlive Run.
  IoLoop(int index, const ServerOptions& options, const Clock& clock,
         std::atomic<std::int64_t>& connections, SpareDescriptors& spares);
  ~IoLoop() override;

  // Before Run: binds and listens; `port` 0 picks one. Returns the port.
  Result<int> Listen(const boost::asio::ip::address& address, int port, const Listener& listener);
  // Before Run.
  void SetHandler(std::unique_ptr<Handler> handler) { handler_ = std::move(handler); }
  // The thread's body. Returns after Drain; then everything is closed and the handler destroyed.
  void Run();

  int index() const override { return index_; }
  // Thread-safe; after Run has returned the task is dropped.
  void Post(std::function<void()> task) override;
  void Wake() noexcept override;
  // Thread-safe: makes Run return once all is answered or `deadline` is over.
  void Drain(SteadyTime deadline);
  // After Run.
  bool answered_all() const { return answered_all_; }

  const ServerOptions& options() const { return options_; }
  const Clock& clock() const { return clock_; }
  Handler& handler() { return *handler_; }
  bool draining() const { return draining_; }
  std::string_view common_headers() const { return common_headers_; }  // lines with CRLF
  void Forget(Connection& connection);
  // Calls connection->Resume() after kRefusedPause.
  void ResumeLater(std::shared_ptr<Connection> connection);

  // One writer, any readers.
  class Count {
   public:
    void Add(std::int64_t by) {
      value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
    }
    std::int64_t Get() const { return value_.load(std::memory_order_relaxed); }

   private:
    std::atomic<std::int64_t> value_{0};
  };
  Count connections_open, connections_total, requests_in_flight;
  // Requests that failed while there was no memory even to report it.
  Count unreported;

  struct Task {
    std::function<void()> run = {};
    std::shared_ptr<Connection> dropped = {};  // instead: a request of this one needs an answer
    Task* next_arrived = nullptr;
  };
  // Thread-safe; needs no memory.
  void Post(std::unique_ptr<Task> task) noexcept;

 private:
  struct Entrance {
    Acceptor acceptor;
    Role role;
    std::shared_ptr<security::TlsCredentials> tls;
    bool paused = false;  // out of file descriptors or memory; tried again at the next sweep
  };

  // One turn: waits for an event, runs what is ready, ends the turn.
  void Turn();
  // Waits for the doorbell, which Post and Wake ring; RunTasks then runs what was posted.
  void AwaitTasks();
  void RunTasks();
  void Accept(Entrance& entrance);
  void TakeIn(Socket socket, const Entrance& entrance);
  void AcceptBySpare(Entrance& entrance);
  void RefuseForDescriptors(Socket socket);
  void Adopt(Socket socket, const Entrance& entrance);
  void AcceptWaiting(Entrance& entrance);
  void ScheduleSweep();
  void ScheduleResume();
  void Sweep();
  void RefreshDate();
  void BeginDrain(SteadyTime deadline);
  void Shutdown();

  const int index_;
  const ServerOptions& options_;
  const Clock& clock_;
  std::atomic<std::int64_t>& all_connections_;
  SpareDescriptors& spares_;
  boost::asio::io_context context_;
  Timer timer_;
  Timer resume_timer_;
  struct Pause {
    SteadyTime end;
    std::shared_ptr<Connection> connection;
  };
  std::deque<Pause> pauses_;  // in order; the timer runs for the first
  std::vector<std::unique_ptr<Entrance>> entrances_;
  std::vector<std::shared_ptr<Connection>> connections_;
  std::unique_ptr<Handler> handler_;
  std::string common_headers_;
  bool awaiting_tasks_ = false;   // AwaitTasks is pending
  bool sweep_scheduled_ = false;  // ScheduleSweep is pending
  bool resume_scheduled_ = false;
  // Of Drain; 0: not called.
  std::atomic<SteadyTime::rep> drain_asked_{0};
  bool draining_ = false;
  bool stopped_ = false;
  bool answered_all_ = true;
  SteadyTime drain_deadline_;
  Arrivals<Task> tasks_;
  Doorbell doorbell_;  // an eventfd; open as long as the loop exists, for late calls of Post
};

}  // namespace credence::http
