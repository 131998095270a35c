// Every allocation of every kind of request fails once: that is this request's trouble, told as
// such, and nobody else's.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include "api/test_service.h"
#include "base/test_allocations.h"
#include "image/adapt.h"

namespace credence::api {
namespace {

constexpr std::uint64_t kPointsMax = 1000;  // of a request; it needs fewer
constexpr int kWarmUp = 3;                  // until what is made once is there

std::string Numbers() {
  std::string rows;
  for (int y = 0; y < 28; ++y) {
    rows += y == 0 ? "[" : ",[";
    for (int x = 0; x < 28; ++x) rows += x == 0 ? "0" : (x % 5 == 0 ? ",200" : ",3");
    rows += "]";
  }
  return "[" + rows + "]";
}

std::string Png() {
  image::Pixels pixels;
  pixels.Reshape(28, 28, 1);
  for (std::size_t i = 0; i < pixels.data.size(); ++i) {
    pixels.data[i] = static_cast<std::uint8_t>(i % 28 / 14 * 200);
  }
  const auto file = image::EncodePng(pixels);
  return {file.begin(), file.end()};
}

struct Asked {
  std::string method, target, body = {};
  std::vector<std::pair<std::string_view, std::string_view>> headers = {};
  bool same = true;  // the same answer each time
};

class MemoryTest : public ServiceTest {
 protected:
  struct Answered {
    int status = 0;
    std::string body;
    friend bool operator==(const Answered&, const Answered&) = default;
  };
  const FakeSink& SendOne(const Asked& asked) {
    return Send(asked.method, asked.target, asked.body, asked.headers);
  }
  // What the transport would answer, too, when something is thrown at it: 503.
  Answered Ask(const Asked& asked, std::uint64_t failing) {
    int status = 503;
    try {
      FailAllocation(failing);
      status = SendOne(asked).status;
    } catch (const std::bad_alloc&) {
      status = 503;
    }
    FailAllocation(0);
    return {status, asked.same && status == sink_->status ? sink_->body : ""};
  }
  void FailEach(const Asked& asked) {
    for (int i = 0; i < kWarmUp; ++i) SendOne(asked);
    const Answered expected = Ask(asked, 0);
    FailAllocation(0);
    SendOne(asked);
    const std::uint64_t count = CountedAllocations();
    ASSERT_GT(count, 0U);
    ASSERT_LT(count, kPointsMax);
    for (std::uint64_t at = 1; at <= count; ++at) {
      const Answered answered = Ask(asked, at);
      if (answered.status == expected.status) {
        EXPECT_EQ(answered, expected) << asked.target << ", allocation " << at;
      } else {
        EXPECT_THAT((std::vector<int>{500, 503}), testing::Contains(answered.status))
            << asked.target << ", allocation " << at << ": " << answered.body;
      }
      ASSERT_EQ(Ask(asked, 0), expected) << asked.target << ", after allocation " << at;
    }
  }
};

TEST_F(MemoryTest, OfAPicture) { FailEach({"POST", "/v1/predict", Png()}); }

TEST_F(MemoryTest, OfAnExplanation) { FailEach({"POST", "/v1/predict?explain=true", Png()}); }

TEST_F(MemoryTest, OfNumbers) {
  FailEach({"POST",
            "/v1/predict",
            "{\"image\":" + Numbers() + "}",
            {{"content-type", "application/json"}}});
}

TEST_F(MemoryTest, OfSeveralPictures) {
  FailEach({"POST",
            "/v1/predict",
            "{\"images\":[" + Numbers() + "," + Numbers() + "]}",
            {{"content-type", "application/json"}}});
}

TEST_F(MemoryTest, OfAForm) {
  FailEach({"POST",
            "/v1/predict",
            "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\n\r\n" +
                Png() + "\r\n--b--\r\n",
            {{"content-type", "multipart/form-data; boundary=b"}}});
}

TEST_F(MemoryTest, OfWhatIsRefused) {
  FailEach({"POST", "/v1/predict", "no picture"});
  FailEach({"GET", "/nothing"});
  FailEach({"DELETE", "/v1/predict"});
}

TEST_F(MemoryTest, OfWhatOperatorsAsk) {
  FailEach({"GET", "/v1/predictors"});
  FailEach({"GET", "/readyz"});
  FailEach({.method = "GET", .target = "/metrics", .same = false});
}

}  // namespace
}  // namespace credence::api
