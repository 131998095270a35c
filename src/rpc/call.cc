#include "rpc/call.h"

#include <google/protobuf/message_lite.h>

#include <utility>

#include "google_rpc.pb.h"

namespace credence::rpc {

std::string_view StatusName(StatusCode code) {
  switch (code) {
    case StatusCode::kOk:
      return "OK";
    case StatusCode::kCancelled:
      return "CANCELLED";
    case StatusCode::kUnknown:
      return "UNKNOWN";
    case StatusCode::kInvalidArgument:
      return "INVALID_ARGUMENT";
    case StatusCode::kDeadlineExceeded:
      return "DEADLINE_EXCEEDED";
    case StatusCode::kNotFound:
      return "NOT_FOUND";
    case StatusCode::kPermissionDenied:
      return "PERMISSION_DENIED";
    case StatusCode::kResourceExhausted:
      return "RESOURCE_EXHAUSTED";
    case StatusCode::kFailedPrecondition:
      return "FAILED_PRECONDITION";
    case StatusCode::kUnimplemented:
      return "UNIMPLEMENTED";
    case StatusCode::kInternal:
      return "INTERNAL";
    case StatusCode::kUnavailable:
      return "UNAVAILABLE";
    case StatusCode::kDataLoss:
      return "DATA_LOSS";
    case StatusCode::kUnauthenticated:
      return "UNAUTHENTICATED";
  }
  return "UNKNOWN";
}

std::string CutDetails(std::string message) {
  constexpr std::string_view kEnd = "...TRUNCATED";
  if (message.size() <= kDetailsBytesMax) return message;
  message.resize(kDetailsBytesMax);
  // No character of UTF-8 in halves.
  while (!message.empty() && (static_cast<unsigned char>(message.back()) & 0xC0) == 0x80) {
    message.pop_back();
  }
  if (!message.empty() && static_cast<unsigned char>(message.back()) >= 0xC0) message.pop_back();
  return message.append(kEnd);
}

std::string RetryDetails(const Status& status) {
  if (status.retry_after.count() <= 0) return "";
  google::rpc::RetryInfo info;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(status.retry_after);
  info.mutable_retry_delay()->set_seconds(seconds.count());
  info.mutable_retry_delay()->set_nanos(
      static_cast<int>(std::chrono::nanoseconds(status.retry_after - seconds).count()));
  google::rpc::Status all;
  all.set_code(static_cast<int>(status.code));
  all.set_message(CutDetails(status.message));
  all.add_details()->PackFrom(info);
  return all.SerializeAsString();
}

bool Call::Read(google::protobuf::MessageLite& into) const {
  const auto bytes = message();
  return into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

Responder::~Responder() {
  if (call_) call_->Fail({StatusCode::kInternal, "the request was not answered"});
}

std::shared_ptr<const std::atomic<bool>> Responder::cancelled() const {
  return {call_, &call_->cancelled()};
}

void Responder::AddMetadata(std::string_view key, std::string_view value) {
  call_->AddMetadata(key, value);
}

void Responder::Send(const google::protobuf::MessageLite& message) {
  Send(message.SerializeAsString());
}

void Responder::Send(std::string_view bytes) { std::exchange(call_, nullptr)->Send(bytes, true); }

void Responder::Update(const google::protobuf::MessageLite& message) {
  call_->Send(message.SerializeAsString(), false);
}

void Responder::Fail(const Status& status) { std::exchange(call_, nullptr)->Fail(status); }

}  // namespace credence::rpc
