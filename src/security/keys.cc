#include "security/keys.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <utility>

#include "base/read_file.h"

namespace credence::security {
namespace {

constexpr std::string_view kKeyPrefix = "cred_";
constexpr std::string_view kHashPrefix = "sha256:";
constexpr std::array<Scope, 3> kScopes = {Scope::kPredict, Scope::kRead, Scope::kAdmin};
constexpr std::uintmax_t kFileBytesMax = 1 << 20;
constexpr std::size_t kNamesMax = 10'000;        // that a process remembers, over all readings
constexpr std::size_t kPresentedBytesMax = 256;  // longer ones are no keys of ours

std::string_view TakeUntil(std::string_view& text, std::string_view ends) {
  const std::string_view word = text.substr(0, text.find_first_of(ends));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

std::string_view TakeWord(std::string_view& line) {
  line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
  return TakeUntil(line, " \t");
}

std::optional<Sha256Digest> ReadHash(std::string_view text) {
  Sha256Digest hash{};
  if (!text.starts_with(kHashPrefix)) return std::nullopt;
  text.remove_prefix(kHashPrefix.size());
  if (text.size() != 2 * hash.size()) return std::nullopt;
  for (std::uint8_t& byte : hash) {
    const auto read = std::from_chars(text.data(), text.data() + 2, byte, 16);
    if (read.ptr != text.data() + 2) return std::nullopt;
    text.remove_prefix(2);
  }
  return hash;
}

Result<KeyEntry> ReadLine(std::string_view line) {
  KeyEntry entry;
  entry.name = TakeWord(line);
  if (auto valid = CheckKeyName(entry.name); !valid) return valid.error();
  const auto scopes = ParseScopes(TakeWord(line));
  if (!scopes) return scopes.error();
  const auto hash = ReadHash(TakeWord(line));
  if (!hash || line.find_first_not_of(" \t") != line.npos) {
    return Error{Code::kInvalidArgument, "expected NAME SCOPES sha256: and 64 digits"};
  }
  entry.scopes = *scopes;
  entry.hash = *hash;
  return entry;
}

std::uint64_t Beginning(const Sha256Digest& hash) {
  std::uint64_t value = 0;
  std::memcpy(&value, hash.data(), sizeof value);
  return value;
}

}  // namespace

std::string_view ScopeName(Scope scope) {
  switch (scope) {
    case Scope::kPredict:
      return "predict";
    case Scope::kRead:
      return "read";
    case Scope::kAdmin:
      return "admin";
  }
  return "";
}

std::string ScopeNames(Scopes scopes) {
  std::string names;
  for (const Scope scope : kScopes) {
    if ((scopes & static_cast<unsigned>(scope)) == 0) continue;
    names.append(names.empty() ? "" : ",").append(ScopeName(scope));
  }
  return names;
}

Result<Scopes> ParseScopes(std::string_view names) {
  Scopes scopes = 0;
  while (!names.empty()) {
    const std::string_view name = TakeUntil(names, ",");
    const auto* const found = std::ranges::find(kScopes, name, ScopeName);
    if (found == kScopes.end()) {
      return Error{Code::kInvalidArgument,
                   "scope \"" + std::string(name) + "\" is none of predict, read, admin"};
    }
    scopes |= static_cast<unsigned>(*found);
  }
  if (scopes == 0) {
    return Error{Code::kInvalidArgument, "no scope; there are predict, read, admin"};
  }
  return scopes;
}

Result<std::string> NewKey() {
  Sha256Digest random{};  // as many bits as a hash
  if (RAND_bytes(random.data(), static_cast<int>(random.size())) != 1) {
    return Error{Code::kUnavailable, "the system gives no random numbers"};
  }
  return std::string(kKeyPrefix) + ToHex(random);
}

Result<void> CheckKeyName(std::string_view name) {
  const bool valid =
      !name.empty() && name.size() <= kKeyNameBytesMax &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
          name.npos;
  if (valid) return {};
  return Error{Code::kInvalidArgument, "a key's name is 1 to " + std::to_string(kKeyNameBytesMax) +
                                           " letters, digits, '.', '_' or '-', not \"" +
                                           std::string(name.substr(0, kKeyNameBytesMax)) + "\""};
}

Sha256Digest HashOf(std::string_view key) {
  return Sha256Of({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
}

std::string KeyLine(const KeyEntry& entry) {
  return entry.name + " " + ScopeNames(entry.scopes) + " " + std::string(kHashPrefix) +
         ToHex(entry.hash);
}

Result<std::vector<KeyEntry>> ParseKeys(std::string_view text) {
  std::vector<KeyEntry> entries;
  std::set<std::string, std::less<>> names;
  for (int number = 1; !text.empty(); ++number) {
    std::string_view line = TakeUntil(text, "\n");
    if (line.ends_with('\r')) line.remove_suffix(1);
    const std::size_t first = line.find_first_not_of(" \t");
    if (first == line.npos || line[first] == '#') continue;
    auto entry = ReadLine(line);
    const std::string place = "line " + std::to_string(number);
    if (!entry) return Annotate(entry.error(), place);
    if (!names.insert(entry->name).second) {
      return Error{Code::kInvalidArgument, place + ": the name " + entry->name + " stands twice"};
    }
    entries.push_back(*std::move(entry));
    if (entries.size() > kKeysMax) {
      return Error{Code::kInvalidArgument,
                   "more than " + std::to_string(kKeysMax) + " keys, which is the limit"};
    }
  }
  return entries;
}

KeyRing::KeyRing(std::vector<Key> keys) : keys_(std::move(keys)) {
  std::ranges::sort(keys_, {}, [](const Key& key) { return Beginning(key.hash); });
}

const KeyRing::Key* KeyRing::Find(std::string_view presented) const {
  if (presented.empty() || presented.size() > kPresentedBytesMax) return nullptr;
  const Sha256Digest hash = HashOf(presented);
  // Not equal_range: clang 14, which builds the fuzzers, takes no subrange of libstdc++ 12.
  auto key = std::ranges::lower_bound(keys_, Beginning(hash), {},
                                      [](const Key& one) { return Beginning(one.hash); });
  const Key* found = nullptr;
  for (; key != keys_.end() && Beginning(key->hash) == Beginning(hash); ++key) {
    if (CRYPTO_memcmp(key->hash.data(), hash.data(), hash.size()) == 0) found = &*key;
  }
  return found;
}

Result<std::shared_ptr<KeyStore>> KeyStore::Load(std::string path) {
  std::shared_ptr<KeyStore> store(new KeyStore(std::move(path)));
  if (const auto read = store->Reload(); !read) return read.error();
  return store;
}

Result<std::size_t> KeyStore::Reload() {
  const auto text = ReadTextFile(path_, kFileBytesMax);
  if (!text) return text.error();
  auto entries = ParseKeys(*text);
  if (!entries) return Annotate(entries.error(), path_);
  if (names_.size() + entries->size() > kNamesMax) {
    return Error{Code::kResourceExhausted, path_ + ": over " + std::to_string(kNamesMax) +
                                               " names since the start; start anew"};
  }
  std::vector<KeyRing::Key> keys;
  for (KeyEntry& entry : *entries) {
    const auto name = names_.insert(std::move(entry.name)).first;
    keys.push_back({entry.hash, *name, entry.scopes});
  }
  const std::size_t count = keys.size();
  auto made = std::make_shared<const KeyRing>(std::move(keys));
  {
    auto ring = ring_.lock();
    ring->swap(made);
  }
  generation_.fetch_add(1, std::memory_order_release);
  return count;
}

}  // namespace credence::security
