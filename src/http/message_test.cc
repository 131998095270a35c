#include "http/message.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "http/server.h"

namespace credence::http {
namespace {

TEST(QueryValue_, FindsAKeyAmongOthers) {
  EXPECT_EQ(QueryValue("a=1&view=true&b=2", "view"), "true");
}
TEST(QueryValue_, TakesTheFirstOfTwo) { EXPECT_EQ(QueryValue("a=1&a=2", "a"), "1"); }
TEST(QueryValue_, IsEmptyWithoutAValue) {
  EXPECT_EQ(QueryValue("view&b=2", "view"), "");
  EXPECT_EQ(QueryValue("b=2&view=", "view"), "");
}
TEST(QueryValue_, IsNulloptWhenTheKeyIsMissing) {
  EXPECT_EQ(QueryValue("", "view"), std::nullopt);
  EXPECT_EQ(QueryValue("preview=1&views=2", "view"), std::nullopt);
}
TEST(QueryValue_, DecodesPercentAndPlus) {
  EXPECT_EQ(QueryValue("name=a%20b%2Fc+d%c3%A9", "name"), "a b/c d\xC3\xA9");
}
TEST(QueryValue_, DecodesTheKeyToo) { EXPECT_EQ(QueryValue("n%61me=1", "name"), "1"); }
TEST(QueryValue_, KeepsAPercentThatIsNoEscape) {
  EXPECT_EQ(QueryValue("a=100%&b=%zz&c=%4", "a"), "100%");
  EXPECT_EQ(QueryValue("a=100%&b=%zz&c=%4", "b"), "%zz");
  EXPECT_EQ(QueryValue("a=100%&b=%zz&c=%4", "c"), "%4");
}

TEST(Request_, FindsAHeaderWithoutCase) {
  const std::pair<std::string_view, std::string_view> headers[] = {{"Host", "h"},
                                                                   {"content-TYPE", "image/png"}};
  Request request;
  request.headers = headers;
  EXPECT_EQ(request.Header("Content-Type"), "image/png");
  EXPECT_EQ(request.Header("Content-Typ"), std::nullopt);
}

class FakeThread final : public IoThread {
 public:
  int index() const override { return 0; }
  void Post(std::function<void()>) override {}
  void Wake() noexcept override {}
};

class FakeSink final : public Responder::Sink {
 public:
  void Send(const Response& response) override { statuses.push_back(response.status); }
  void Drop(std::shared_ptr<Sink> self) noexcept override { dropped.push_back(self.get()); }
  IoThread& thread() override { return io; }
  FakeThread io;
  std::vector<int> statuses;
  std::vector<const Sink*> dropped;
};

TEST(Responder_, SendsOnceAndThenIsDone) {
  auto sink = std::make_shared<FakeSink>();
  {
    Responder responder(sink);
    responder.Send({.status = 204, .content_type = {}, .headers = {}, .body = {}});
  }
  EXPECT_EQ(sink->statuses, std::vector<int>{204});
  EXPECT_TRUE(sink->dropped.empty());
}

TEST(Responder_, TellsItsSinkWhenDropped) {
  auto sink = std::make_shared<FakeSink>();
  { Responder responder(sink); }
  EXPECT_TRUE(sink->statuses.empty());
  EXPECT_EQ(sink->dropped, std::vector<const Responder::Sink*>{sink.get()});
}

TEST(Responder_, AnswersNothingOnceMovedFrom) {
  auto sink = std::make_shared<FakeSink>();
  {
    Responder first(sink);
    Responder second(std::move(first));
    second.Send({});
  }
  EXPECT_EQ(sink->statuses, std::vector<int>{200});
  EXPECT_TRUE(sink->dropped.empty());
}

}  // namespace
}  // namespace credence::http
