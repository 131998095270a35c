// Proxies are the addresses whose word is taken on whom a request comes from: X-Forwarded-For.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::security {

class Proxies {
 public:
  // Nobody is believed.
  Proxies() = default;
  // `list`: addresses and networks such as "127.0.0.1", "10.0.0.0/8", "fd00::/8".
  // Errors: kInvalidArgument - an entry is neither; more than 100.
  static Result<Proxies> Of(const std::vector<std::string>& list);

  bool any() const { return !networks_.empty(); }

  struct Client {
    std::string_view address;   // a part of the header
    std::uint64_t network = 0;  // its IPv4 address, or the upper half of its IPv6 address
  };
  // Whom the header names, when it comes from `peer` ("127.0.0.1:40312", "[::1]:40312"): read from
  // its end, the first that is no proxy of ours. nullopt: the peer is no such proxy, or its entry
  // is no address; then the request is the peer's.
  std::optional<Client> ClientOf(std::string_view peer, std::string_view forwarded) const;

 private:
  using Address = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
  struct Network {
    Address address;
    int bits;  // 0..128
  };
  static std::optional<Address> Parse(std::string_view text);
  static std::optional<Network> ParseNetwork(std::string_view text);
  bool Has(const Address& address) const;

  std::vector<Network> networks_;
};

}  // namespace credence::security
