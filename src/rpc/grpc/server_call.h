// ServerCall is one call of a client, from its arrival until nothing of it is under way.
//
//   Accept -> accepted -> read -> handler -> written -> (stream: read …) -> over
//
// Each arrow is an event of the loop's completion queue. The call frees itself for reuse when the
// queue owes it no event more.
#pragma once

#include <grpcpp/generic/async_generic_service.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/byte_budget.h"
#include "base/inflate.h"
#include "base/result.h"
#include "rpc/call.h"
#include "rpc/grpc/loop.h"

namespace credence::rpc {

class ServerCall final : public Call, public std::enable_shared_from_this<ServerCall> {
 public:
  explicit ServerCall(Loop& loop);

  // Waits for a client's call.
  void Accept();

  enum class Event { kAccepted, kRead, kWritten, kOver };
  // What the completion queue carries for an event.
  struct Tag {
    ServerCall* call = nullptr;
    Event event = Event::kAccepted;
  };
  void On(Event event, bool ok);

  // Frees what the call held. REQUIRES: it is over, and no responder is out that will look at it.
  void Reset();

  // The message has not come within the time it may take.
  bool TooSlow(SteadyTime now) const;
  void CutOff();
  // Ends a stream that waits for its client; the server is stopping.
  void EndIdleStream();

  std::string_view method() const override { return context_->method(); }
  std::string_view peer() const override;
  std::uint64_t network() const override;
  std::string_view host() const override { return context_->host(); }
  std::optional<std::string_view> Metadata(std::string_view key) const override;
  SteadyTime received() const override { return received_; }
  SteadyTime deadline() const override { return deadline_; }
  std::span<const std::uint8_t> message() const override { return message_; }
  void AddMetadata(std::string_view key, std::string_view value) override;
  void Send(std::string_view bytes, bool last) override;
  void Fail(const Status& status) override;
  const std::atomic<bool>& cancelled() const override { return cancelled_; }

  std::size_t place = 0;  // the loop's

 private:
  enum class Stage {
    kWaiting,    // for a client
    kReading,    // the client's message is awaited
    kAnswering,  // a responder is out
    kFinishing,  // the status is on its way
  };
  void OnAccepted(bool ok);
  void OnRead(bool ok);
  void OnWritten();
  void OnOver();
  // Makes the message of what has arrived.
  Result<void> TakeMessage();
  void DropMessage();
  void StartRead();
  void Refuse(const Status& status);
  void Finish(const Status& status);
  void* TagOf(Event event) { return &tags_[static_cast<std::size_t>(event)]; }
  void* Owed(Event event);

  Loop& loop_;
  std::array<Tag, 4> tags_;
  std::shared_ptr<Loop> loop_alive_;
  std::shared_ptr<ServerCall> self_;  // while the queue owes events
  std::optional<grpc::GenericServerContext> context_;
  std::optional<grpc::GenericServerAsyncReaderWriter> stream_;
  grpc::ByteBuffer arrived_, out_;
  grpc::Slice in_;  // what arrived, in one piece
  HeldBytes held_;  // for it, and for what the message is parsed to
  Inflated inflated_;
  std::span<const std::uint8_t> message_;  // in one of the two
  const Method* method_ = nullptr;
  Stage stage_ = Stage::kWaiting;
  int owed_ = 0;
  bool over_ = false;         // kOver has come
  bool writing_ = false;      // of a kServerStream
  bool next_update_ = false;  // out_ is to be sent when the write is done
  bool finished_ = false;     // a status was given
  SteadyTime accepted_{}, received_{}, deadline_ = SteadyTime::max();
  mutable std::string peer_;
  std::atomic<bool> cancelled_{false};
  std::atomic<bool> closed_{true};  // nothing may touch gRPC's parts; read by late responders
};

}  // namespace credence::rpc
