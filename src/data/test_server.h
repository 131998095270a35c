// A small HTTP server on the loopback, for tests of downloads: serves texts, by range where asked.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/guarded.h"

namespace credence::data {

class TestServer {
 public:
  struct File {
    std::string body = {};
    bool ranges = true;            // answers 206 to Range
    std::size_t cut_first_at = 0;  // the first answer breaks off after so many bytes; 0: does not
  };
  explicit TestServer(std::map<std::string, File> files) : files_(std::move(files)) {
    listener_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    bind(listener_, generic, size);
    getsockname(listener_, generic, &size);
    port_ = ntohs(address.sin_port);
    listen(listener_, 8);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~TestServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  // "PATH" or "PATH from N", in the order they came.
  std::vector<std::string> requests() {
    auto lock = requests_.lock();
    return *lock;
  }

 private:
  void Serve() {
    for (;;) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      Answer(client);
      close(client);
    }
  }
  void Answer(int client) {
    std::string request;
    char buffer[4096];
    while (request.find("\r\n\r\n") == std::string::npos) {
      const ssize_t got = read(client, buffer, sizeof buffer);
      if (got <= 0) return;
      request.append(buffer, static_cast<std::size_t>(got));
    }
    const std::string path = request.substr(4, request.find(' ', 4) - 4);
    const std::size_t range = request.find("Range: bytes=");
    const std::size_t from =
        range == std::string::npos ? 0 : std::stoul(request.substr(range + 13));
    auto lock = requests_.lock();
    lock->push_back(path + (from > 0 ? " from " + std::to_string(from) : ""));
    const auto found = files_.find(path);
    if (found == files_.end()) {
      Send(client, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
      return;
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
    Send(client, head + body.substr(0, cut));
  }
  static void Send(int client, const std::string& text) {
    send(client, text.data(), text.size(), MSG_NOSIGNAL);
    shutdown(client, SHUT_WR);
  }

  std::map<std::string, File> files_;
  Guarded<std::vector<std::string>> requests_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace credence::data
