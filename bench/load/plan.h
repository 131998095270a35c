// Plan says what load to make: a target on this machine and one or more streams of requests.
#pragma once

#include <netinet/in.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"

namespace credence::bench {

inline constexpr int kConnectionsMax = 10'000;          // over all streams
inline constexpr double kSecondsMax = 3600;             // start + duration of a stream
inline constexpr double kRateMax = 1e6;                 // requests a second
inline constexpr std::size_t kBodyBytesMax = 64 << 20;  // of one body

// Requests of one kind. Closed loop (rate 0): each connection sends its next request when the last
// is answered. Open loop: request k is due at start + k/rate whatever happened to the others, and
// its latency counts from then, so that a server that stalls cannot hide it (no coordinated
// omission).
struct StreamPlan {
  std::string name = "main";
  std::string method = "POST";
  std::string path = "/v1/predict";
  std::string content_type = "application/octet-stream";
  std::string header;               // one more header line, "Name: value"; empty: none
  std::vector<std::string> bodies;  // file names, sent in turn (name one twice for twice its share)
  double rate = 0;                  // requests a second, 0 = closed loop
  int connections = 64;             // at most so many at a time
  double start_s = 0;               // after the generator's own start
  double duration_s = 10;
  std::uint64_t count = 0;  // stop after so many requests; 0 = no limit
};

struct Plan {
  sockaddr_in target{};
  std::vector<StreamPlan> streams;
  std::chrono::milliseconds timeout{10'000};  // of one request, from its sending
  int cpu = -1;                               // pin to this one; -1 = do not
  std::string out;                            // write the report there; empty = standard output
};

// The plan that the command line asks for, or the exit status to leave with (help, wrong usage;
// what was wrong has been printed).
std::variant<Plan, int> ParseCommandLine(int argc, char** argv);

// "127.0.0.1:8080". Errors: kInvalidArgument - not of that form, or not in 127.0.0.0/8.
Result<sockaddr_in> ParseTarget(const std::string& text);

// `defaults` overridden by "name=small,body=a.png,type=image/png,path=/v1/predict,method=POST,
// header=X: 1,rate=1000,connections=32,start=1,duration=5,count=0"; every part is optional, body
// may repeat.
// Errors: kInvalidArgument - an unknown key, a malformed number.
Result<StreamPlan> ParseStream(const std::string& text, const StreamPlan& defaults);

}  // namespace credence::bench
