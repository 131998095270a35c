// A server of files on the loopback, for tests of downloads. Answers requests for ranges.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "base/test_loopback_server.h"

namespace credence::data {

class TestServer {
 public:
  struct File {
    std::string body = {};
    bool ranges = true;            // answers 206 to Range
    std::size_t cut_first_at = 0;  // the first answer breaks off after so many bytes; 0: does not
  };
  explicit TestServer(std::map<std::string, File> files) : files_(std::move(files)) {}
  std::string url() const { return server_.url(); }
  // "PATH" or "PATH from N", in the order they came.
  std::vector<std::string> requests() {
    auto lock = requests_.lock();
    return *lock;
  }

 private:
  std::string Answer(const TestRequest& request) {
    const std::size_t range = request.head.find("Range: bytes=");
    const std::size_t from =
        range == std::string::npos ? 0 : std::stoul(request.head.substr(range + 13));
    auto lock = requests_.lock();
    lock->push_back(request.path + (from > 0 ? " from " + std::to_string(from) : ""));
    const auto found = files_.find(request.path);
    if (found == files_.end()) {
      return "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    }
    File& file = found->second;
    const bool part = from > 0 && file.ranges;
    const std::string body = part ? file.body.substr(from) : file.body;
    std::string head = part
                           ? "HTTP/1.1 206 Partial Content\r\nContent-Range: bytes " +
                                 std::to_string(from) + "-" + std::to_string(file.body.size() - 1) +
                                 "/" + std::to_string(file.body.size())
                           : "HTTP/1.1 200 OK";
    head += "\r\nContent-Length: " + std::to_string(body.size()) + "\r\nConnection: close\r\n\r\n";
    const std::size_t cut = file.cut_first_at > 0 ? file.cut_first_at : body.size();
    file.cut_first_at = 0;
    return head + body.substr(0, cut);
  }

  std::map<std::string, File> files_;
  Guarded<std::vector<std::string>> requests_;
  LoopbackServer server_{[this](const TestRequest& request) { return Answer(request); }};
};

}  // namespace credence::data
