// Loop is one thread of the gRPC server: its completion queue, calls and handler.
#pragma once

#include <grpc/support/time.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/guarded.h"
#include "rpc/server.h"

namespace credence::rpc {

class ServerCall;

// Confined to its thread, except for what says otherwise. Calls share the ownership of their loop,
// so that a Responder that outlives the server finds the call over, not gone.
class Loop final : public Thread {
 public:
  // The references must outlive Run.
  Loop(int index, const ServerOptions& options, const Clock& clock,
       grpc::AsyncGenericService& service, std::unique_ptr<grpc::ServerCompletionQueue> queue);
  ~Loop() override;

  // Before Run.
  void SetHandler(std::unique_ptr<Handler> handler);
  // The thread's body. Returns after Close; then every call is over and the handler destroyed.
  void Run();

  int index() const override { return index_; }
  void Wake() override;  // thread-safe
  // Thread-safe. The first ends streams as they fall idle; calls that `deadline` cuts off count as
  // unanswered. The second makes Run return; the server has no calls any more.
  void BeginDrain(SteadyTime deadline);
  void Close();
  // After Run.
  bool answered_all() const { return answered_all_; }
  std::int64_t calls_open() const { return calls_open_.load(std::memory_order_acquire); }

  // For its calls.
  const Clock& clock() const { return clock_; }
  const ServerOptions& options() const { return options_; }
  Handler& handler() { return *handler_; }
  grpc::ServerCompletionQueue& queue() { return *queue_; }
  grpc::AsyncGenericService& service() { return service_; }
  const Method* Find(std::string_view name) const;
  bool draining() const { return draining_.load(std::memory_order_acquire); }
  // Waits for one more call.
  void Accept();
  void HandedOver() { handed_over_ = true; }
  void Began(ServerCall& call);
  // `cut_off`: it was accepted and not answered, though its client waited.
  void Ended(std::shared_ptr<ServerCall> call, bool cut_off);

 private:
  void RingBell();
  void OnBell();
  // Until when to wait for events where nothing is left to do.
  gpr_timespec NextWake() const;
  void Tick(SteadyTime now);
  void Sweep(SteadyTime now);
  void Reuse(std::shared_ptr<ServerCall> call);

  const int index_;
  const ServerOptions& options_;
  const Clock& clock_;
  grpc::AsyncGenericService& service_;
  const std::unique_ptr<grpc::ServerCompletionQueue> queue_;
  std::unique_ptr<Handler> handler_;
  std::vector<Method> methods_;
  std::unordered_map<std::string_view, const Method*> by_name_;
  std::vector<ServerCall*> open_;                  // that have begun and are not over
  std::vector<std::shared_ptr<ServerCall>> free_;  // for reuse
  std::vector<std::shared_ptr<ServerCall>> late_;  // over, but still being worked on
  bool handed_over_ = false;                       // a message, in this turn
  bool streams_ended_ = false;                     // those that were idle when the drain began
  bool answered_all_ = true;
  SteadyTime next_tick_{};
  Guarded<bool> open_queue_{true};  // the bell may be rung
  std::atomic<bool> bell_rung_{false};
  std::atomic<bool> draining_{false}, closing_{false};
  std::atomic<SteadyTime> drain_deadline_{SteadyTime::max()};
  std::atomic<std::int64_t> calls_open_{0};
};

}  // namespace credence::rpc
