#include "security/proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace credence::security {
namespace {

constexpr std::size_t kProxiesMax = 100;
constexpr std::size_t kMappedBytes = 12;  // of ::ffff:a.b.c.d before the IPv4 address

std::string_view Trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "[::1]:80" is ::1, "1.2.3.4:80" is 1.2.3.4; an IPv6 address without brackets stays.
std::string_view AddressText(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, text.find(']') - 1);
  const std::size_t colon = text.find(':');
  return colon != text.npos && colon == text.rfind(':') ? text.substr(0, colon) : text;
}

}  // namespace

std::optional<Proxies::Address> Proxies::Parse(std::string_view text) {
  char buffer[INET6_ADDRSTRLEN] = {};
  if (text.empty() || text.size() >= sizeof buffer) return std::nullopt;
  std::memcpy(buffer, text.data(), text.size());
  Address address{};
  if (::inet_pton(AF_INET6, buffer, address.data()) == 1) return address;
  address[10] = address[11] = 0xFF;
  if (::inet_pton(AF_INET, buffer, address.data() + kMappedBytes) == 1) return address;
  return std::nullopt;
}

std::optional<Proxies::Network> Proxies::ParseNetwork(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, slash);
  const auto address = Parse(host);
  if (!address) return std::nullopt;
  const int bits_max = host.find(':') == host.npos ? 32 : 128;
  int bits = bits_max;
  if (slash != text.npos) {
    const std::string_view number = text.substr(slash + 1);
    const char* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, bits);
    if (number.empty() || read.ec != std::errc() || read.ptr != end || bits < 0 ||
        bits > bits_max) {
      return std::nullopt;
    }
  }
  return Network{*address, bits + 128 - bits_max};
}

Result<Proxies> Proxies::Of(const std::vector<std::string>& list) {
  if (list.size() > kProxiesMax) {
    return Error{Code::kInvalidArgument, std::to_string(list.size()) +
                                             " proxies are named; the limit is " +
                                             std::to_string(kProxiesMax)};
  }
  Proxies proxies;
  for (const std::string& entry : list) {
    const auto network = ParseNetwork(entry);
    if (!network) {
      return Error{Code::kInvalidArgument,
                   "\"" + entry + "\" is no address and no network such as 10.0.0.0/8"};
    }
    proxies.networks_.push_back(*network);
  }
  return proxies;
}

bool Proxies::Has(const Address& address) const {
  return std::ranges::any_of(networks_, [&address](const Network& network) {
    for (int i = 0, bits = network.bits; bits > 0; ++i, bits -= 8) {
      const int mask = bits >= 8 ? 0xFF : 0xFF00 >> bits & 0xFF;
      const auto at = static_cast<std::size_t>(i);
      if (((address[at] ^ network.address[at]) & mask) != 0) return false;
    }
    return true;
  });
}

std::optional<Proxies::Client> Proxies::ClientOf(std::string_view peer,
                                                 std::string_view forwarded) const {
  auto address = Parse(AddressText(peer));
  std::optional<Client> client;
  // Each step takes the word of the one before, who must be a proxy.
  while (address && Has(*address) && !forwarded.empty()) {
    const std::size_t comma = forwarded.rfind(',');
    const std::string_view last =
        AddressText(Trimmed(comma == forwarded.npos ? forwarded : forwarded.substr(comma + 1)));
    forwarded = comma == forwarded.npos ? std::string_view() : forwarded.substr(0, comma);
    address = Parse(last);
    if (!address) break;
    const bool mapped =
        std::equal(address->begin(), address->begin() + kMappedBytes, Parse("::ffff:0:0")->begin());
    client = Client{.address = last};
    for (std::size_t i = mapped ? kMappedBytes : 0; i < (mapped ? 16U : 8U); ++i) {
      client->network = client->network << 8 | (*address)[i];
    }
  }
  return client;
}

}  // namespace credence::security
