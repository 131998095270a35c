// How gRPC names the other end of a connection, and how the access log does. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace credence::rpc {

// "ipv4:127.0.0.1:40312" -> "127.0.0.1:40312", "ipv6:%5B::1%5D:40312" -> "[::1]:40312".
std::string PeerText(std::string_view peer);

// The network (base/network.h) of what PeerText gives; 0 for a peer without an address.
std::uint64_t NetworkOfPeer(std::string_view text);

}  // namespace credence::rpc
