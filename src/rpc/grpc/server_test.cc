// The transport, asked by gRPC's own client.
#include "rpc/server.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/channel_arguments.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <google/protobuf/wrappers.pb.h>

#include "base/byte_budget.h"
#include "base/guarded.h"
#include "google_rpc.pb.h"
#include "rpc/grpc/peer_text.h"
#include "rpc/health.h"
#include "rpc/reflection.h"

namespace credence::rpc {
namespace {

using google::protobuf::StringValue;
using std::chrono::milliseconds;

// A handler whose methods the test gives.
class TestHandler final : public Handler {
 public:
  explicit TestHandler(std::vector<Method> methods) : methods_(std::move(methods)) {}
  std::vector<Method> Methods() override { return methods_; }
  bool TurnEnd() override { return false; }
  void Woken() override { ++woken; }
  void OnEnd(const Call& call) override {
    EXPECT_TRUE(call.admitted().counted);
    ++ended;
  }

  std::atomic<int> woken = 0, ended = 0;

 private:
  std::vector<Method> methods_;
};

grpc::ByteBuffer Bytes(const std::string& text) {
  StringValue value;
  value.set_value(text);
  const grpc::Slice slice(value.SerializeAsString());
  return {&slice, 1};
}

std::string Text(const grpc::ByteBuffer& bytes) {
  grpc::Slice slice;
  StringValue value;
  if (!bytes.DumpToSingleSlice(&slice).ok() ||
      !value.ParseFromArray(slice.begin(), static_cast<int>(slice.size()))) {
    return "unreadable";
  }
  return value.value();
}

// A call by a client that waits for each step.
class TestCall {
 public:
  TestCall(grpc::GenericStub& stub, const std::string& method, milliseconds timeout,
           grpc_compression_algorithm compression = GRPC_COMPRESS_NONE) {
    context.set_compression_algorithm(compression);
    if (timeout.count() > 0) {
      context.set_deadline(std::chrono::system_clock::now() + timeout);
    }
    stream_ = stub.PrepareCall(&context, method, &queue_);
    stream_->StartCall(this);
    Wait();
  }
  void WriteLast(const std::string& text) {
    stream_->WriteLast(Bytes(text), grpc::WriteOptions(), this);
    Wait();
  }
  void WriteMore(const std::string& text) {
    stream_->Write(Bytes(text), this);
    Wait();
  }
  void WritesDone() {
    stream_->WritesDone(this);
    Wait();
  }
  // "" when there is none.
  std::string Read() {
    grpc::ByteBuffer bytes;
    stream_->Read(&bytes, this);
    return Wait() ? Text(bytes) : "";
  }
  grpc::Status Finish() {
    grpc::Status status;
    stream_->Finish(&status, this);
    Wait();
    return status;
  }

  grpc::ClientContext context;

 private:
  bool Wait() {
    void* tag = nullptr;
    bool ok = false;
    return queue_.Next(&tag, &ok) && ok;
  }
  grpc::CompletionQueue queue_;
  std::unique_ptr<grpc::GenericClientAsyncReaderWriter> stream_;
};

class ServerTest : public testing::Test {
 protected:
  void Start(std::vector<Method> methods, ServerOptions options = {}) {
    options.address = "127.0.0.1";
    options.port = 0;
    auto listened = Server::Listen(options, clock_, log_);
    ASSERT_TRUE(listened) << listened.error().message;
    server_ = *std::move(listened);
    server_->Start([&](Thread&) {
      auto handler = std::make_unique<TestHandler>(methods);
      handler_ = handler.get();
      return handler;
    });
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(-1);
    stub_ = std::make_unique<grpc::GenericStub>(
        grpc::CreateCustomChannel("127.0.0.1:" + std::to_string(server_->port()),
                                  grpc::InsecureChannelCredentials(), arguments));
  }

  grpc::Status Ask(const std::string& method, const std::string& text, std::string* answer,
                   milliseconds timeout = milliseconds(20'000)) {
    TestCall call(*stub_, method, timeout);
    call.WriteLast(text);
    *answer = call.Read();
    return call.Finish();
  }

  SystemClock clock_;
  Log log_{LogFormat::kText, LogLevel::kError};
  // The server gives back to it until it is gone, so it must be older than the server.
  std::optional<ByteBudget> budget_;
  std::unique_ptr<Server> server_;
  TestHandler* handler_ = nullptr;
  std::unique_ptr<grpc::GenericStub> stub_;
  std::string answer_;
};

StringValue Read(const Call& call) {
  StringValue value;
  EXPECT_TRUE(call.Read(value));
  return value;
}

const Method kEcho{.name = "/test.Test/Echo",
                   .handle = [](Responder responder) { responder.Send(Read(responder.call())); }};

TEST_F(ServerTest, AnswersAUnaryCall) {
  Start({kEcho});
  EXPECT_TRUE(Ask("/test.Test/Echo", "seven", &answer_).ok());
  EXPECT_EQ(answer_, "seven");
}

TEST_F(ServerTest, HasAMethodOnlyIfItIsGiven) {
  Start({kEcho});
  const grpc::Status status = Ask("/test.Test/Nope", "seven", &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(), "there is no method /test.Test/Nope");
}

TEST_F(ServerTest, FailsWithCodeAndCutDetails) {
  Start({{.name = "/test.Test/Fail", .handle = [](Responder responder) {
            responder.Fail({StatusCode::kNotFound, std::string(100'000, 'a')});
          }}});
  const grpc::Status status = Ask("/test.Test/Fail", "", &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(status.error_message(), std::string(1024, 'a') + "...TRUNCATED");
}

TEST_F(ServerTest, AnUnansweredCallFails) {
  Start({{.name = "/test.Test/Lose", .handle = [](Responder) {}}});
  EXPECT_EQ(Ask("/test.Test/Lose", "", &answer_).error_code(), grpc::StatusCode::INTERNAL);
}

TEST_F(ServerTest, RefusesBeforeTheMessage) {
  Method refused = kEcho;
  refused.admit = [](const Call&) { return Status{StatusCode::kResourceExhausted, "full"}; };
  Start({refused});
  TestCall call(*stub_, refused.name, milliseconds(20'000));
  const grpc::Status status = call.Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "full");
}

TEST_F(ServerTest, TellsWhenARefusalMayBeTriedAgain) {
  Method refused = kEcho;
  refused.admit = [](const Call&) {
    return Status{StatusCode::kResourceExhausted, "too fast", milliseconds(1500)};
  };
  Start({refused});
  TestCall call(*stub_, refused.name, milliseconds(20'000));
  const grpc::Status status = call.Finish();
  const auto& trailers = call.context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count("grpc-retry-pushback-ms"), 1U);
  EXPECT_EQ(trailers.find("grpc-retry-pushback-ms")->second, "1500");
  google::rpc::Status details;
  ASSERT_TRUE(details.ParseFromString(status.error_details()));
  EXPECT_EQ(details.code(), 8);
  EXPECT_EQ(details.message(), "too fast");
  google::rpc::RetryInfo info;
  ASSERT_TRUE(details.details(0).UnpackTo(&info));
  EXPECT_EQ(info.retry_delay().seconds(), 1);
  EXPECT_EQ(info.retry_delay().nanos(), 500'000'000);
}

TEST_F(ServerTest, KeepsWhoWasAdmittedUntilTheCallIsOver) {
  Method counted = kEcho;
  counted.admit = [](Call& call) -> std::optional<Status> {
    EXPECT_EQ(call.network(), 0x7F000001U);
    EXPECT_EQ(call.host().substr(0, 10), "127.0.0.1:");
    call.admitted().key_name = "ann";
    call.admitted().counted = true;
    return std::nullopt;
  };
  counted.handle = [](Responder responder) {
    StringValue value;
    value.set_value(std::string(responder.call().admitted().key_name));
    responder.Send(value);
  };
  Method open = kEcho;
  open.name = "/test.Test/Open";
  Start({counted, open});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(Ask(counted.name, "", &answer_).ok());
    EXPECT_EQ(answer_, "ann");
    ASSERT_TRUE(Ask(open.name, "seven", &answer_).ok());
    EXPECT_EQ(answer_, "seven");
  }
  // A call is over soon after its client has the answer.
  while (server_->calls_open() > 0) std::this_thread::yield();
  EXPECT_TRUE(Ask(open.name, "", &answer_).ok());
  EXPECT_EQ(handler_->ended, 3);
}

TEST_F(ServerTest, TakesMessagesFromTheBudgetAndGivesThemBack) {
  ByteBudget& budget = budget_.emplace(16 << 20);  // half of it for messages, each twice
  Start({kEcho}, {.memory = &budget});
  ASSERT_TRUE(Ask(kEcho.name, std::string(3 << 20, 'a'), &answer_).ok());
  const grpc::Status never = Ask(kEcho.name, std::string(5 << 20, 'a'), &answer_);
  EXPECT_EQ(never.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(never.error_message().find("(see --memory-max)"), std::string::npos);
  ASSERT_TRUE(budget.Take(6 << 20, ByteUse::kBody));
  const grpc::Status now = Ask(kEcho.name, std::string(3 << 20, 'a'), &answer_);
  EXPECT_EQ(now.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_NE(now.error_message().find("overloaded: the message needs"), std::string::npos)
      << now.error_message();
  budget.GiveBack(6 << 20);
  EXPECT_TRUE(Ask(kEcho.name, std::string(3 << 20, 'a'), &answer_).ok());
  while (server_->calls_open() > 0) std::this_thread::yield();
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(ServerTest, InflatesMessagesWithinTheirLimit) {
  Start({kEcho}, {.message_bytes_max = 1'000'000});
  for (const auto algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    const auto ask = [&](std::size_t bytes) {
      TestCall call(*stub_, kEcho.name, milliseconds(20'000), algorithm);
      call.WriteLast(std::string(bytes, 'a'));
      answer_ = call.Read();
      return call.Finish();
    };
    EXPECT_TRUE(ask(900'000).ok());
    EXPECT_EQ(answer_, std::string(900'000, 'a'));
    const grpc::Status bomb = ask(20'000'000);
    EXPECT_EQ(bomb.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_NE(bomb.error_message().find("holds more than 1000000 bytes"), std::string::npos);
  }
}

TEST_F(ServerTest, WhatArrivesIsHeldToAQuota) {
  Start({kEcho}, {.message_bytes_max = 1'000'000, .memory = &budget_.emplace(64 << 20)});
  const grpc::Status status = Ask(kEcho.name, std::string(200'000'000, 'a'), &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
  EXPECT_TRUE(Ask(kEcho.name, "seven", &answer_).ok());
}

TEST_F(ServerTest, TakesMessagesUpToTheLimit) {
  Start({kEcho}, {.message_bytes_max = 6'000'000});
  EXPECT_TRUE(Ask("/test.Test/Echo", std::string(5'900'000, 'a'), &answer_).ok());
  EXPECT_EQ(answer_.size(), 5'900'000U);
  const grpc::Status status = Ask("/test.Test/Echo", std::string(6'000'001, 'a'), &answer_);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED) << status.error_message();
}

TEST_F(ServerTest, TellsTheDeadlineAndMetadata) {
  Start({{.name = "/test.Test/Tell", .handle = [](Responder responder) {
            StringValue value;
            const Call& call = responder.call();
            const bool has = call.deadline() > call.received() + std::chrono::seconds(5) &&
                             call.deadline() < call.received() + std::chrono::seconds(21);
            value.set_value(std::string(has ? "deadline " : "none ") +
                            std::string(call.Metadata("x-request-id").value_or("nothing")));
            responder.AddMetadata("credence-verdict", "reliable");
            responder.Send(value);
          }}});
  TestCall call(*stub_, "/test.Test/Tell", milliseconds(20'000));
  call.WriteLast("");
  EXPECT_EQ(call.Read(), "deadline nothing");
  EXPECT_TRUE(call.Finish().ok());
  const auto& trailers = call.context.GetServerTrailingMetadata();
  ASSERT_EQ(trailers.count("credence-verdict"), 1U);
  EXPECT_EQ(trailers.find("credence-verdict")->second, "reliable");
}

TEST_F(ServerTest, AStreamAnswersInOrderAndEndsWithItsClient) {
  Method stream = kEcho;
  stream.kind = Method::Kind::kStream;
  Start({stream});
  TestCall call(*stub_, stream.name, milliseconds(20'000));
  for (const char* text : {"a", "b", "c"}) call.WriteMore(text);
  for (const char* text : {"a", "b", "c"}) EXPECT_EQ(call.Read(), text);
  call.WritesDone();
  EXPECT_EQ(call.Read(), "");
  EXPECT_TRUE(call.Finish().ok());
}

TEST_F(ServerTest, AnswersFromALaterTurn) {
  Guarded<std::vector<Responder>> kept;
  std::atomic<bool> told = false;
  Start({{.name = "/test.Test/Keep",
          .handle =
              [&](Responder responder) {
                auto list = kept.lock();
                list->push_back(std::move(responder));
                told = true;
                told.notify_all();
              }},
         {.name = "/test.Test/Release", .handle = [&](Responder responder) {
            auto list = kept.lock();
            for (Responder& one : *list) one.Send(StringValue());
            list->clear();
            responder.Send(StringValue());
          }}});
  std::jthread waiting([&] {
    std::string ignored;
    EXPECT_TRUE(Ask("/test.Test/Keep", "", &ignored).ok());
  });
  told.wait(false);
  EXPECT_EQ(server_->calls_open(), 1);
  EXPECT_TRUE(Ask("/test.Test/Release", "", &answer_).ok());
}

// Its client is told at once, and whoever works on the answer sees that nobody waits for it.
TEST_F(ServerTest, TellsThatACallWasCancelled) {
  std::atomic<bool> told = false;
  std::shared_ptr<const std::atomic<bool>> cancelled;
  std::optional<Responder> kept;
  Start({{.name = "/test.Test/Keep",
          .handle =
              [&](Responder responder) {
                cancelled = responder.cancelled();
                kept.emplace(std::move(responder));
                told = true;
                told.notify_all();
              }},
         {.name = "/test.Test/Ask", .handle = [&](Responder responder) {
            StringValue value;
            // It may still be looked at, as long as its answer is worked on.
            if (kept) {
              EXPECT_EQ(kept->call().method(), "/test.Test/Keep");
              EXPECT_EQ(Read(kept->call()).value(), "seven");
            }
            value.set_value(cancelled->load() ? "cancelled" : "waits");
            if (cancelled->load()) kept.reset();
            responder.Send(value);
          }}});
  TestCall call(*stub_, "/test.Test/Keep", milliseconds(20'000));
  call.WriteLast("seven");
  told.wait(false);
  EXPECT_TRUE(Ask("/test.Test/Ask", "", &answer_).ok());
  EXPECT_EQ(answer_, "waits");
  call.context.TryCancel();
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::CANCELLED);
  while (answer_ != "cancelled") ASSERT_TRUE(Ask("/test.Test/Ask", "", &answer_).ok());
}

TEST_F(ServerTest, DrainEndsStreamsThatWaitForTheirClient) {
  Method stream = kEcho;
  stream.kind = Method::Kind::kStream;
  Start({stream});
  TestCall call(*stub_, stream.name, milliseconds(0));
  call.WriteMore("a");
  EXPECT_EQ(call.Read(), "a");
  EXPECT_TRUE(server_->Drain(milliseconds(20'000)));
  EXPECT_EQ(call.Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServerTest, DrainCutsOffWhatIsNotAnsweredInTime) {
  std::vector<Responder> kept;
  std::atomic<bool> told = false;
  Start({{.name = "/test.Test/Keep", .handle = [&](Responder responder) {
            kept.push_back(std::move(responder));
            told = true;
            told.notify_all();
          }}});
  TestCall call(*stub_, "/test.Test/Keep", milliseconds(0));
  call.WriteLast("");
  told.wait(false);
  EXPECT_FALSE(server_->Drain(milliseconds(10)));
  EXPECT_FALSE(call.Finish().ok());
  kept.clear();  // after the server: it finds the call over
}

TEST_F(ServerTest, TwoServersDoNotShareAPort) {
  Start({kEcho});
  const auto second =
      Server::Listen({.address = "127.0.0.1", .port = server_->port()}, clock_, log_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::kUnavailable);
  EXPECT_NE(second.error().message.find(std::to_string(server_->port()) + " for gRPC: Address"),
            std::string::npos)
      << second.error().message;
}

TEST_F(ServerTest, ListensOnAnAddressOnly) {
  const auto server = Server::Listen({.address = "nowhere"}, clock_, log_);
  ASSERT_FALSE(server);
  EXPECT_EQ(server.error().message, "\"nowhere\" is not an IP address");
}

TEST(PeerText, IsAnAddressAsTheLogHasIt) {
  EXPECT_EQ(PeerText("ipv4:127.0.0.1:40312"), "127.0.0.1:40312");
  EXPECT_EQ(PeerText("ipv6:%5B::1%5D:40312"), "[::1]:40312");
}

TEST(PeerText, HasANetwork) {
  EXPECT_EQ(NetworkOfPeer("127.0.0.1:40312"), 0x7F000001U);
  EXPECT_EQ(NetworkOfPeer("[2001:db8:1:2::7]:40312"), 0x20010DB800010002U);
  EXPECT_EQ(NetworkOfPeer("/tmp/socket"), 0U);
}

}  // namespace
}  // namespace credence::rpc
