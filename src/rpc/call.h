// What the gRPC transport hands to a method and gets back. No header of gRPC's is needed to use it.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace google::protobuf {
class MessageLite;
}

namespace credence::rpc {

// gRPC's status codes by their numbers; those that nothing here sends are left out.
enum class StatusCode : int {
  kOk = 0,
  kCancelled = 1,
  kUnknown = 2,
  kInvalidArgument = 3,
  kDeadlineExceeded = 4,
  kNotFound = 5,
  kPermissionDenied = 7,
  kResourceExhausted = 8,
  kFailedPrecondition = 9,
  kUnimplemented = 12,
  kInternal = 13,
  kUnavailable = 14,
  kDataLoss = 15,
  kUnauthenticated = 16,
};

// "OK", "INVALID_ARGUMENT", …
std::string_view StatusName(StatusCode code);

// How a call ends that does not end well.
struct Status {
  StatusCode code = StatusCode::kUnknown;
  std::string message = {};  // the transport cuts it (CutDetails)
  // After how long the same may succeed; 0: nothing is said of it. It is sent as what gRPC's own
  // retries obey (grpc-retry-pushback-ms) and as a google.rpc.RetryInfo.
  std::chrono::milliseconds retry_after{0};
};

// Details travel in a header, whose size peers limit: longer ones are cut, and end in
// "...TRUNCATED".
inline constexpr std::size_t kDetailsBytesMax = 1024;
std::string CutDetails(std::string message);

// A google.rpc.Status with the RetryInfo of `status`, serialised; "" if it has none.
std::string RetryDetails(const Status& status);

// Who calls, as Method::admit has found it.
struct Admitted {
  std::string_view key_name = {};  // of the caller's API key; lasts longer than the call
  bool counted = false;            // Handler::OnEnd must be called
  bool first = true;               // of a stream: its first message is not handled yet
};

// A call, with the message of the client that is to be answered now. Views are valid until it is
// answered, also when its client has gone.
// Confined to its thread, except for what says otherwise.
class Call {
 public:
  virtual ~Call() = default;

  virtual std::string_view method() const = 0;  // "/package.Service/Method", as sent
  virtual std::string_view peer() const = 0;    // "127.0.0.1:40312"
  virtual std::uint64_t network() const = 0;    // of the client's address: base/network.h
  virtual std::string_view host() const = 0;    // under which the client asks: "localhost:8081"
  // The first value of a key, which is in lower case.
  virtual std::optional<std::string_view> Metadata(std::string_view key) const = 0;
  virtual SteadyTime received() const = 0;  // when the message, or the call, had arrived
  virtual SteadyTime deadline() const = 0;  // SteadyTime::max(): the client named none
  // As it was before it was compressed; valid until it is answered.
  virtual std::span<const std::uint8_t> message() const = 0;

  Admitted& admitted() { return admitted_; }
  const Admitted& admitted() const { return admitted_; }

  // False: the message is none of this type.
  bool Read(google::protobuf::MessageLite& into) const;

  // For Responder.
  virtual void AddMetadata(std::string_view key, std::string_view value) = 0;
  virtual void Send(std::string_view bytes, bool last) = 0;
  virtual void Fail(const Status& status) = 0;
  // Set once nobody waits for the answer any more.
  virtual const std::atomic<bool>& cancelled() const = 0;

 private:
  Admitted admitted_;
};

// The duty to answer one message, exactly once. Move-only; destroyed unanswered, it fails the call
// with kInternal.
// Threads: used on the call's thread; once that thread has ended it may be destroyed on any other.
class Responder {
 public:
  explicit Responder(std::shared_ptr<Call> call) : call_(std::move(call)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&&) noexcept = default;
  ~Responder();

  const Call& call() const { return *call_; }
  Call& call() { return *call_; }
  // Shares the flag, which may be read on any thread.
  std::shared_ptr<const std::atomic<bool>> cancelled() const;

  // Adds to what goes behind the answer of a kUnary. `key`: of a-z 0-9 - _ . only.
  void AddMetadata(std::string_view key, std::string_view value);
  // Answers; a method with one answer a call has ended then, and a stream reads its next message.
  void Send(const google::protobuf::MessageLite& message);
  void Send(std::string_view bytes);  // of such a message
  // Sends one of several answers of a kServerStream; of those that wait to be sent only the last
  // counts. The duty remains.
  void Update(const google::protobuf::MessageLite& message);
  // Ends the call.
  void Fail(const Status& status);

 private:
  std::shared_ptr<Call> call_;
};

struct Method {
  enum class Kind {
    kUnary,         // one message, one answer
    kServerStream,  // one message, answers by Update
    kStream,        // messages, each answered before the next is read
  };
  std::string name;  // "/package.Service/Method"
  Kind kind = Kind::kUnary;
  std::function<void(Responder)> handle;
  // Called before the first message is read; a status ends the call. Sets call.admitted(). Empty:
  // none is refused.
  std::function<std::optional<Status>(Call&)> admit = {};
};

}  // namespace credence::rpc
