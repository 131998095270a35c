#include "rpc/grpc/peer_text.h"

#include "base/network.h"

namespace credence::rpc {

std::string PeerText(std::string_view peer) {
  std::string text(peer.substr(peer.find(':') + 1));
  for (const auto& [escaped, bracket] : {std::pair("%5B", "["), std::pair("%5D", "]")}) {
    const std::size_t at = text.find(escaped);
    if (at != text.npos) text.replace(at, 3, bracket);
  }
  return text;
}

std::uint64_t NetworkOfPeer(std::string_view text) {
  std::string address(text.substr(0, text.rfind(':')));
  if (address.starts_with('[') && address.ends_with(']')) {
    address = address.substr(1, address.size() - 2);
  }
  return NetworkOf(address);
}

}  // namespace credence::rpc
