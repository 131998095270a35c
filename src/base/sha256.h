// SHA-256 (OpenSSL's) of bytes, of pieces one after another, or of a file.
// Threads: pure; a Sha256 is confined to one thread.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "base/result.h"

namespace credence {

using Sha256Digest = std::array<std::uint8_t, 32>;

class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  void Add(std::span<const std::uint8_t> bytes);
  // REQUIRES: called once, last.
  Sha256Digest Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

Sha256Digest Sha256Of(std::span<const std::uint8_t> bytes);

// Errors: those of CheckRegularFile (read_file.h); kUnavailable - it cannot be read to its end.
Result<Sha256Digest> Sha256OfFile(const std::filesystem::path& path);

std::string ToHex(const Sha256Digest& digest);  // 64 lower-case digits

}  // namespace credence
