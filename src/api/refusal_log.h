// RefusalLog tells of refused requests in the server's log, with address and reason, whether or not
// there is an access log. At most kLinesASecond lines a second a thread; what is left out is
// counted and told with the next line. Confined to its thread.
#pragma once

#include <cstdint>

#include "base/clock.h"
#include "base/log.h"
#include "http/server.h"

namespace credence::api {

class RefusalLog {
 public:
  static constexpr int kLinesASecond = 5;

  explicit RefusalLog(Log& log) : log_(log) {}

  void Tell(const http::Refused& refused, SteadyTime now);

 private:
  Log& log_;
  SteadyTime second_{};  // when the present one began
  int lines_ = 0;        // in it
  std::uint64_t left_out_ = 0;
};

}  // namespace credence::api
