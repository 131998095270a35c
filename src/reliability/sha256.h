// SHA-256 by OpenSSL. Threads: pure.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>

namespace credence::reliability {

std::array<std::uint8_t, 32> Sha256(std::span<const std::uint8_t> bytes);
std::string Sha256Hex(std::span<const std::uint8_t> bytes);  // 64 lower-case digits

}  // namespace credence::reliability
