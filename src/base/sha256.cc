#include "base/sha256.h"

#include <openssl/evp.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <vector>

#include "base/check.h"
#include "base/read_file.h"

namespace credence {

struct Sha256::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  ~State() { EVP_MD_CTX_free(context); }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {
  CREDENCE_CHECK(EVP_DigestInit_ex(state_->context, EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

void Sha256::Add(std::span<const std::uint8_t> bytes) {
  CREDENCE_CHECK(EVP_DigestUpdate(state_->context, bytes.data(), bytes.size()) == 1);
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest = {};
  CREDENCE_CHECK(EVP_DigestFinal_ex(state_->context, digest.data(), nullptr) == 1);
  return digest;
}

Sha256Digest Sha256Of(std::span<const std::uint8_t> bytes) {
  Sha256 sha;
  sha.Add(bytes);
  return sha.Finish();
}

Result<Sha256Digest> Sha256OfFile(const std::filesystem::path& path) {
  if (auto regular = CheckRegularFile(path); !regular) return regular.error();
  std::ifstream in(path, std::ios::binary);
  Sha256 sha;
  std::vector<std::uint8_t> chunk(1 << 16);
  while (in) {
    in.read(reinterpret_cast<char*>(chunk.data()), std::ssize(chunk));
    sha.Add(std::span(chunk).first(static_cast<std::size_t>(in.gcount())));
  }
  if (in.bad() || !in.is_open()) {
    return Error{Code::kUnavailable, path.string() + " cannot be read: " + std::strerror(errno)};
  }
  return sha.Finish();
}

std::string ToHex(const Sha256Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const std::uint8_t byte : digest) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}

}  // namespace credence
