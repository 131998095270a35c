// Generator makes the load of a plan on one thread with one epoll set, and counts what comes back.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "load/connection.h"
#include "load/plan.h"
#include "load/tally.h"

namespace credence::bench {

// Confined to one thread.
class Generator {
 public:
  // Reads the bodies. Errors: kNotFound - a body cannot be read; kTooLarge - it is over 64 MB;
  // kInternal - no epoll set.
  static Result<std::unique_ptr<Generator>> Create(const Plan& plan);
  ~Generator();
  Generator(const Generator&) = delete;
  Generator& operator=(const Generator&) = delete;

  // Runs every stream to its end, then waits at most the plan's timeout for the last answers.
  void Run();

  // JSON: {"elapsed_s", "cpu_s", "streams": [{"name", …}]}.
  std::string Report();

 private:
  struct Stream {
    StreamPlan plan;
    std::vector<std::string> requests;  // head and body
    std::vector<std::unique_ptr<Connection>> connections;
    std::deque<Connection*> idle;  // the longest idle first
    std::uint64_t next = 0;        // number of the next request
    std::uint64_t total = 0;  // requests until the stream ends; closed loop without count: 2^64-1
    std::int64_t start_ns = 0;
    std::int64_t end_ns = 0;
    bool over = false;
    Tally tally;

    bool open_loop() const { return plan.rate > 0; }
    bool busy() const { return idle.size() < connections.size(); }
    std::int64_t DueNs(
        std::uint64_t k) const;  // when request k is to be sent; REQUIRES: open_loop()
  };

  explicit Generator(const Plan& plan) : plan_(plan) {}

  std::int64_t NowNs() const;
  // Sends what is due and has a connection; returns when to look again.
  std::int64_t Pump(Stream& stream, std::int64_t now_ns);
  void End(Stream& stream);
  void Start(Stream& stream, Connection& connection, std::int64_t now_ns);
  void Settle(Stream& stream, Connection& connection, const Outcome& outcome, std::int64_t now_ns);
  void Wait(std::int64_t until_ns);
  void Sweep(std::int64_t now_ns, std::int64_t timeout_ns, Failure failure);
  bool Busy() const;

  const Plan plan_;
  int epoll_ = -1;
  std::int64_t origin_ns_ = 0;
  std::int64_t elapsed_ns_ = 0;
  std::vector<std::unique_ptr<Stream>> streams_;
  std::array<char, 256 * 1024> buffer_;
};

}  // namespace credence::bench
