#include "rpc/grpc/server_call.h"

#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/slice.h>

#include <exception>
#include <utility>

#include "base/contain.h"
#include "rpc/grpc/peer_text.h"

namespace credence::rpc {
namespace {

grpc::Status ToGrpc(const Status& status) {
  return {static_cast<grpc::StatusCode>(status.code), CutDetails(status.message),
          RetryDetails(status)};
}

Status Stopping() { return {StatusCode::kUnavailable, "the server is stopping"}; }

// When the client stops waiting, by this machine's clock that only runs forward.
SteadyTime DeadlineOf(const grpc::ServerContext& context, SteadyTime now) {
  const gpr_timespec deadline = context.raw_deadline();
  if (gpr_time_cmp(deadline, gpr_inf_future(deadline.clock_type)) == 0) return SteadyTime::max();
  const auto left = context.deadline() - std::chrono::system_clock::now();
  return now + std::chrono::duration_cast<SteadyTime::duration>(left);
}

// Why a message is not taken: too much of it is what gRPC calls RESOURCE_EXHAUSTED.
Status StatusOfMessage(const Error& error) {
  switch (error.code) {
    case Code::kTooLarge:
    case Code::kResourceExhausted:
      return {StatusCode::kResourceExhausted, error.message};
    case Code::kInvalidArgument:
      return {StatusCode::kInvalidArgument, error.message};
    default:
      return {StatusCode::kInternal, error.message};
  }
}

// gRPC tells whether a message was compressed to those only that read it this way.
class Reader final : public grpc::ProtoBufferReader {
 public:
  using grpc::ProtoBufferReader::ProtoBufferReader;
  bool compressed() {
    return status().ok() && reader()->buffer_in->data.raw.compression != GRPC_COMPRESS_NONE;
  }
};

}  // namespace

ServerCall::ServerCall(Loop& loop)
    : loop_(loop),
      loop_alive_(std::static_pointer_cast<Loop>(loop.shared_from_this())),
      held_(loop.options().memory, ByteUse::kBody),
      inflated_(loop.options().memory) {
  for (std::size_t i = 0; i < tags_.size(); ++i) tags_[i] = {this, static_cast<Event>(i)};
}

void* ServerCall::Owed(Event event) {
  ++owed_;
  return TagOf(event);
}

void ServerCall::Accept() {
  self_ = shared_from_this();
  context_.emplace();
  stream_.emplace(&*context_);
  method_ = nullptr;
  stage_ = Stage::kWaiting;
  over_ = writing_ = next_update_ = finished_ = false;
  peer_.clear();
  admitted() = {};
  cancelled_ = false;
  closed_ = false;
  // This event comes only if a client does.
  context_->AsyncNotifyWhenDone(TagOf(Event::kOver));
  loop_.service().RequestCall(&*context_, &*stream_, &loop_.queue(), &loop_.queue(),
                              Owed(Event::kAccepted));
}

void ServerCall::On(Event event, bool ok) {
  const std::shared_ptr<ServerCall> keep = self_;
  --owed_;
  switch (event) {
    case Event::kAccepted:
      OnAccepted(ok);
      break;
    case Event::kRead:
      OnRead(ok);
      break;
    case Event::kWritten:
      OnWritten();
      break;
    case Event::kOver:
      OnOver();
      break;
  }
  if (owed_ > 0) return;
  const bool began = stage_ != Stage::kWaiting;
  const bool cut_off = stage_ == Stage::kAnswering && loop_.draining();
  closed_ = true;
  self_.reset();
  if (began) {
    loop_.Ended(keep, cut_off);
  } else {
    Reset();
  }
}

void ServerCall::Reset() {
  stream_.reset();
  context_.reset();
  DropMessage();
  out_.Clear();
}

void ServerCall::DropMessage() {
  message_ = {};
  arrived_.Clear();
  in_ = grpc::Slice();
  inflated_.Clear();
  held_.Clear();
}

Result<void> ServerCall::TakeMessage() {
  const std::size_t bytes = arrived_.Length();
  if (auto held = held_.Reach(2 * bytes, "the message"); !held) return held;
  const bool compressed = Reader(&arrived_).compressed();
  if (!arrived_.DumpToSingleSlice(&in_).ok()) {
    return Error{Code::kInternal, "the message cannot be read"};
  }
  arrived_.Clear();
  message_ = {in_.begin(), in_.size()};
  if (!compressed) return {};
  if (auto done = inflated_.Undo(message_, loop_.options().message_bytes_max); !done) return done;
  message_ = inflated_.bytes();
  return held_.Reach(bytes + message_.size(), "the message");
}

void ServerCall::OnAccepted(bool ok) {
  if (!ok) return;  // the server is gone
  ++owed_;          // kOver
  loop_.Accept();
  stage_ = Stage::kReading;
  accepted_ = received_ = loop_.clock().Now();
  deadline_ = DeadlineOf(*context_, accepted_);
  loop_.Began(*this);
  method_ = loop_.Find(context_->method());
  if (method_ == nullptr) {
    return Refuse({StatusCode::kUnimplemented, "there is no method " + context_->method()});
  }
  if (method_->admit) {
    if (const auto refused = method_->admit(*this)) return Refuse(*refused);
  }
  StartRead();
}

void ServerCall::StartRead() {
  DropMessage();
  stage_ = Stage::kReading;
  stream_->Read(&arrived_, Owed(Event::kRead));
}

void ServerCall::OnRead(bool ok) {
  if (finished_ || over_) return;
  if (!ok) {
    if (method_->kind == Method::Kind::kStream) {
      finished_ = true;
      stage_ = Stage::kFinishing;
      stream_->Finish(grpc::Status::OK, Owed(Event::kWritten));
      return;
    }
    return Refuse(
        {StatusCode::kInternal, "the call brought no message, or one above the limit of " +
                                    std::to_string(loop_.options().message_bytes_max) + " bytes"});
  }
  received_ = loop_.clock().Now();
  Result<void> taken;
  if (auto thrown = Attempt([&] { taken = TakeMessage(); })) taken = *std::move(thrown);
  if (!taken) return Refuse(StatusOfMessage(taken.error()));
  stage_ = Stage::kAnswering;
  loop_.HandedOver();
  try {
    method_->handle(Responder(shared_from_this()));
  } catch (const std::exception&) {
    // The responder has failed the call when it was destroyed.
  }
}

void ServerCall::OnWritten() {
  if (finished_ || over_) return;
  writing_ = false;
  if (method_->kind == Method::Kind::kServerStream) {
    if (std::exchange(next_update_, false)) {
      writing_ = true;
      stream_->Write(out_, Owed(Event::kWritten));
    }
    return;
  }
  if (loop_.draining()) return Refuse(Stopping());
  StartRead();
}

void ServerCall::OnOver() {
  over_ = true;
  if (!finished_) cancelled_ = true;
}

bool ServerCall::TooSlow(SteadyTime now) const {
  return stage_ == Stage::kReading && received_ == accepted_ && !finished_ &&
         now - accepted_ > loop_.options().message_deadline;
}

void ServerCall::CutOff() {
  Refuse({StatusCode::kDeadlineExceeded,
          "the message was not there within " +
              std::to_string(loop_.options().message_deadline.count()) + " ms"});
}

void ServerCall::EndIdleStream() {
  if (finished_ || over_ || method_ == nullptr) return;
  const bool waits = method_->kind == Method::Kind::kStream && stage_ == Stage::kReading;
  if (!waits && method_->kind != Method::Kind::kServerStream) return;
  Finish(Stopping());
}

void ServerCall::Refuse(const Status& status) {
  loop_.handler().OnRefused(*this, status);
  Finish(status);
}

void ServerCall::Finish(const Status& status) {
  finished_ = true;
  stage_ = Stage::kFinishing;
  if (status.retry_after.count() > 0) {
    context_->AddTrailingMetadata("grpc-retry-pushback-ms",
                                  std::to_string(status.retry_after.count()));
  }
  stream_->Finish(ToGrpc(status), Owed(Event::kWritten));
}

std::string_view ServerCall::peer() const {
  if (peer_.empty()) peer_ = PeerText(context_->peer());
  return peer_;
}

std::uint64_t ServerCall::network() const { return NetworkOfPeer(peer()); }

std::optional<std::string_view> ServerCall::Metadata(std::string_view key) const {
  const auto& metadata = context_->client_metadata();
  const auto found = metadata.find(grpc::string_ref(key.data(), key.size()));
  if (found == metadata.end()) return std::nullopt;
  return std::string_view(found->second.data(), found->second.size());
}

void ServerCall::AddMetadata(std::string_view key, std::string_view value) {
  if (closed_ || over_ || finished_) return;
  context_->AddTrailingMetadata(std::string(key), std::string(value));
}

void ServerCall::Send(std::string_view bytes, bool last) {
  if (closed_ || over_ || finished_) return;
  const grpc::Slice slice(bytes.data(), bytes.size());
  grpc::ByteBuffer(&slice, 1).Swap(&out_);
  switch (method_->kind) {
    case Method::Kind::kUnary:
      finished_ = true;
      stage_ = Stage::kFinishing;
      stream_->WriteAndFinish(out_, grpc::WriteOptions(), grpc::Status::OK, Owed(Event::kWritten));
      return;
    case Method::Kind::kServerStream:
      if (!last && std::exchange(writing_, true)) {
        next_update_ = true;
        return;
      }
      break;
    case Method::Kind::kStream:
      break;
  }
  stream_->Write(out_, Owed(Event::kWritten));
}

void ServerCall::Fail(const Status& status) {
  if (!closed_ && !over_ && !finished_) Finish(status);
}

}  // namespace credence::rpc
