// API keys. A key is 256 random bits; the file holds its SHA-256 only, so that who reads the file
// cannot ask. A slow hash would add nothing: nobody can try 2^256 keys.
//
//   # name scopes hash
//   dashboard read sha256:9f86d081…
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/guarded.h"
#include "base/result.h"
#include "base/sha256.h"
#include "security/watched_files.h"

namespace credence::security {

inline constexpr std::size_t kKeysMax = 1000;
inline constexpr std::size_t kKeyNameBytesMax = 64;

// What a key may do: ask for predictions; look at models, drift and metrics; change what is served.
enum class Scope : unsigned { kPredict = 1, kRead = 2, kAdmin = 4 };
using Scopes = unsigned;                  // a bit each
std::string_view ScopeName(Scope scope);  // "predict", "read", "admin"
std::string ScopeNames(Scopes scopes);    // "predict,read"
// Errors: kInvalidArgument - an unknown name, or none at all.
Result<Scopes> ParseScopes(std::string_view names);

struct KeyEntry {
  std::string name;
  Scopes scopes = 0;
  Sha256Digest hash{};
};

// A new key, as its owner gets it: "cred_" and 64 hexadecimal digits.
Result<std::string> NewKey();
// Errors: kInvalidArgument - letters, digits and . _ - are allowed, at most kKeyNameBytesMax.
Result<void> CheckKeyName(std::string_view name);
Sha256Digest HashOf(std::string_view key);
std::string KeyLine(const KeyEntry& entry);  // without '\n'
// Errors: kInvalidArgument - the line, and what is wrong with it; a name twice; too many keys.
Result<std::vector<KeyEntry>> ParseKeys(std::string_view text);

// The keys of one reading of the file. Immutable.
class KeyRing {
 public:
  struct Key {
    Sha256Digest hash;
    std::string_view name;
    Scopes scopes = 0;
  };
  explicit KeyRing(std::vector<Key> keys);
  // The key that was presented, or nullptr. Hashes are compared in constant time; the search for
  // the one to compare with sees of the hash only its first bytes, which tell nothing of the key.
  const Key* Find(std::string_view presented) const;

 private:
  std::vector<Key> keys_;  // by hash
};

// The keys in force. Threads: Get and generation are thread-safe; the others are confined to one.
class KeyStore {
 public:
  // Errors: those of ReadTextFile and ParseKeys, naming the file.
  static Result<std::shared_ptr<KeyStore>> Load(std::string path);

  std::shared_ptr<const KeyRing> Get() const {
    auto ring = ring_.lock();
    return *ring;
  }
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

  // Reads the file again. After an error what was in force stays. Returns how many keys there are.
  Result<std::size_t> Reload();
  bool FileChanged() { return watched_.Changed(); }
  const std::string& path() const { return path_; }

 private:
  explicit KeyStore(std::string path) : path_(std::move(path)), watched_({path_}) {}

  const std::string path_;
  WatchedFiles watched_;
  // Names stay when their keys go: requests that are under way still carry them.
  std::set<std::string, std::less<>> names_;
  mutable Guarded<std::shared_ptr<const KeyRing>> ring_;
  std::atomic<std::uint64_t> generation_{0};
};

// One thread's view of a store: a request takes no lock. Confined to its thread.
class KeyReader {
 public:
  explicit KeyReader(const KeyStore& store) : store_(store) {}

  const KeyRing& Get() {
    const std::uint64_t generation = store_.generation();
    if (ring_ == nullptr || generation != generation_) {
      ring_ = store_.Get();
      generation_ = generation;
    }
    return *ring_;
  }

 private:
  const KeyStore& store_;
  std::shared_ptr<const KeyRing> ring_;
  std::uint64_t generation_ = 0;
};

}  // namespace credence::security
