#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

namespace credence {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

}  // namespace

std::uint64_t NetworkOf(std::span<const std::uint8_t> address) {
  if (address.size() == 16) {
    const bool v4 = std::ranges::equal(address.first(kMapped.size()), kMapped);
    address = v4 ? address.last(4) : address.first(8);
  }
  std::uint64_t network = 0;
  for (const std::uint8_t byte : address) network = network << 8 | byte;
  return network;
}

std::uint64_t NetworkOf(const std::string& address) {
  std::array<std::uint8_t, 16> bytes{};
  if (inet_pton(AF_INET, address.c_str(), bytes.data()) == 1) {
    return NetworkOf(std::span(bytes).first(4));
  }
  return inet_pton(AF_INET6, address.c_str(), bytes.data()) == 1 ? NetworkOf(std::span(bytes)) : 0;
}

}  // namespace credence
