// AnswerParser reads one HTTP/1.1 answer out of a byte stream: its status, and where it ends.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace credence::bench {

// The body is counted, not kept. Thread-compatible; reusable after Reset.
class AnswerParser {
 public:
  enum class State {
    kMore,   // not all of the answer has arrived
    kDone,   // one whole answer; bytes behind it are an error of the server
    kError,  // not an answer that this client understands (no Content-Length, a head over 16 KB)
  };

  void Reset();
  State Feed(std::string_view bytes);

  int status() const { return status_; }
  bool closes() const { return closes_; }    // the server said "Connection: close"
  bool started() const { return started_; }  // at least one byte has arrived

 private:
  bool ReadHead(std::string_view head);

  std::string head_;  // only while it is incomplete
  std::size_t body_left_ = 0;
  int status_ = 0;
  bool in_body_ = false;
  bool closes_ = false;
  bool started_ = false;
};

}  // namespace credence::bench
