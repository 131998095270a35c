// How gRPC names the other end of a connection, and how the access log does. Pure.
#pragma once

#include <string>
#include <string_view>

namespace credence::rpc {

// "ipv4:127.0.0.1:40312" -> "127.0.0.1:40312", "ipv6:%5B::1%5D:40312" -> "[::1]:40312".
std::string PeerText(std::string_view peer);

}  // namespace credence::rpc
