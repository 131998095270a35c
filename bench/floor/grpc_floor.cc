// grpc_floor: the least that a server on gRPC's C++ library could spend on a call.
//
// The yardstick of bench/run.py, not a server to deploy: one thread, one completion queue, the
// generic API, as src/rpc/grpc has them. It takes a message of any method and answers with
// ANSWER_BYTES zeros; nothing is parsed, computed, counted or logged.
//
//   grpc_floor PORT ANSWER_BYTES      (0 picks a port; tells it on stderr)
#include <absl/synchronization/mutex.h>
#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

constexpr int kAwaitedCalls = 64;

class Call {
 public:
  enum class Event { kAccepted, kRead, kFinished, kOver };
  struct Tag {
    Call* call;
    Event event;
  };

  Call(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue,
       const grpc::ByteBuffer& answer)
      : service_(service), queue_(queue), answer_(answer) {
    for (std::size_t i = 0; i < tags_.size(); ++i) tags_[i] = {this, static_cast<Event>(i)};
    Accept();
  }

  void On(Event event, bool ok) {
    --owed_;
    if (event == Event::kAccepted) {
      if (!ok) return;
      ++owed_;  // kOver
      stream_->Read(&message_, Owed(Event::kRead));
    } else if (event == Event::kRead) {
      grpc::Slice whole;
      if (ok) static_cast<void>(message_.DumpToSingleSlice(&whole));
      stream_->WriteAndFinish(answer_, grpc::WriteOptions(), grpc::Status::OK,
                              Owed(Event::kFinished));
    }
    if (owed_ == 0) Accept();
  }

 private:
  void* Owed(Event event) {
    ++owed_;
    return TagOf(event);
  }
  void* TagOf(Event event) { return &tags_[static_cast<std::size_t>(event)]; }
  void Accept() {
    message_.Clear();
    stream_.reset();
    context_.emplace();
    stream_.emplace(&*context_);
    context_->AsyncNotifyWhenDone(TagOf(Event::kOver));
    service_.RequestCall(&*context_, &*stream_, &queue_, &queue_, Owed(Event::kAccepted));
  }

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  const grpc::ByteBuffer& answer_;
  std::array<Tag, 4> tags_;
  std::optional<grpc::GenericServerContext> context_;
  std::optional<grpc::GenericServerAsyncReaderWriter> stream_;
  grpc::ByteBuffer message_;
  int owed_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: grpc_floor PORT ANSWER_BYTES\n", stderr);
    return 2;
  }
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);  // as src/rpc/grpc
  const grpc::Slice zeros(std::string(std::strtoul(argv[2], nullptr, 10), '\0'));
  const grpc::ByteBuffer answer(&zeros, 1);
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  int port = 0;
  builder.AddListeningPort("127.0.0.1:" + std::string(argv[1]), grpc::InsecureServerCredentials(),
                           &port);
  builder.RegisterAsyncGenericService(&service);
  const auto queue = builder.AddCompletionQueue();
  const auto server = builder.BuildAndStart();
  if (server == nullptr || port == 0) {
    std::fprintf(stderr, "grpc_floor: cannot listen on port %s\n", argv[1]);
    return 1;
  }
  std::fprintf(stderr, "gRPC on 127.0.0.1:%d\n", port);
  std::vector<std::unique_ptr<Call>> calls;
  for (int i = 0; i < kAwaitedCalls; ++i) {
    calls.push_back(std::make_unique<Call>(service, *queue, answer));
  }
  void* tag = nullptr;
  for (bool ok = false; queue->Next(&tag, &ok);) {
    const auto* const arrived = static_cast<Call::Tag*>(tag);
    arrived->call->On(arrived->event, ok);
  }
}
