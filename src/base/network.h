// The network of an address: what callers are told apart by.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace credence {

// Of an address of 4 or 16 bytes in network order: the IPv4 address, also one that IPv6 carries
// (::ffff:1.2.3.4), or the 64 bits of an IPv6 address that name a network: whoever has one of its
// addresses has all. REQUIRES: 4 or 16 bytes.
std::uint64_t NetworkOf(std::span<const std::uint8_t> address);

// Of "127.0.0.1" or "2001:db8::1"; 0 for what is no address.
std::uint64_t NetworkOf(const std::string& address);

}  // namespace credence
