#include "rpc/grpc/peer_text.h"

namespace credence::rpc {

std::string PeerText(std::string_view peer) {
  std::string text(peer.substr(peer.find(':') + 1));
  for (const auto& [escaped, bracket] : {std::pair("%5B", "["), std::pair("%5D", "]")}) {
    const std::size_t at = text.find(escaped);
    if (at != text.npos) text.replace(at, 3, bracket);
  }
  return text;
}

}  // namespace credence::rpc
