#include "api/refusal_log.h"

#include <chrono>
#include <string>
#include <string_view>

namespace credence::api {
namespace {

constexpr std::size_t kFieldBytesMax = 256;

std::string_view CutField(std::string_view text) { return text.substr(0, kFieldBytesMax); }

}  // namespace

void RefusalLog::Tell(const http::Refused& refused, SteadyTime now) {
  if (now - second_ >= std::chrono::seconds(1)) {
    second_ = now;
    lines_ = 0;
  }
  if (lines_ == kLinesASecond) {
    ++left_out_;
    return;
  }
  ++lines_;
  log_.Warning("request refused", {{"client", refused.client},
                                   {"method", CutField(refused.method)},
                                   {"path", CutField(refused.path)},
                                   {"status", refused.status},
                                   {"code", refused.code},
                                   {"reason", CutField(refused.detail)},
                                   {"left_out", left_out_}});
  left_out_ = 0;
}

}  // namespace credence::api
