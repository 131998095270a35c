// An HTTP/1.1 server on the loopback for tests of clients. It answers once on each connection.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <functional>
#include <string>
#include <thread>

namespace credence {

struct TestRequest {
  std::string method, path;  // the path with its query
  std::string head;          // request line and headers
  std::string body;          // by its Content-Length
};

class LoopbackServer {
 public:
  // Returns the whole answer, head included. Called on the server's thread, one at a time.
  using Handler = std::function<std::string(const TestRequest&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
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
  ~LoopbackServer() {
    shutdown(listener_, SHUT_RDWR);
    thread_.join();
    close(listener_);
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void Serve() {
    for (;;) {
      const int client = accept(listener_, nullptr, nullptr);
      if (client < 0) return;
      TestRequest request;
      if (Read(client, request)) {
        const std::string answer = handler_(request);
        send(client, answer.data(), answer.size(), MSG_NOSIGNAL);
        shutdown(client, SHUT_WR);
      }
      close(client);
    }
  }
  static bool ReadUntil(int client, std::size_t bytes, std::string& text) {
    char buffer[4096];
    while (text.size() < bytes) {
      const ssize_t got = read(client, buffer, sizeof buffer);
      if (got <= 0) return false;
      text.append(buffer, static_cast<std::size_t>(got));
    }
    return true;
  }
  static bool Read(int client, TestRequest& out) {
    std::string text;
    std::size_t end = 0;
    while ((end = text.find("\r\n\r\n")) == std::string::npos) {
      if (!ReadUntil(client, text.size() + 1, text)) return false;
    }
    out.head = text.substr(0, end + 4);
    const std::size_t space = text.find(' ');
    out.method = text.substr(0, space);
    out.path = text.substr(space + 1, text.find(' ', space + 1) - space - 1);
    const std::size_t length = out.head.find("Content-Length: ");
    const std::size_t bytes =
        length == std::string::npos ? 0 : std::stoul(out.head.substr(length + 16));
    if (!ReadUntil(client, out.head.size() + bytes, text)) return false;
    out.body = text.substr(out.head.size());
    return true;
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::jthread thread_;
};

}  // namespace credence
