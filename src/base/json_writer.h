// JsonWriter appends JSON text to a string that the caller reuses: no allocation once it has grown.
//
//   JsonWriter json(out);
//   json.BeginObject().Key("label").String("7").Key("confidence").Number(0.99).EndObject();
//
// The writer puts the commas. Threads: thread-compatible. REQUIRES: a Key before each value
// inside an object, none inside an array; at most 64 levels.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace credence {

// Whether `c` may stand between quotes without an escape.
constexpr bool IsPlainInJson(char c) { return c >= 0x20 && c < 0x7F && c != '"' && c != '\\'; }

// A key that is a literal. The compiler checks that it needs no escape.
class JsonKey {
 public:
  consteval JsonKey(const char* text) : text_(text) {  // NOLINT: "label" is a key
    for (const char c : text_) {
      if (!IsPlainInJson(c)) throw "a key that needs an escape";
    }
    if (text_.size() > kBytesMax) throw "a key that is too long";
  }
  std::string_view text() const { return text_; }

  static constexpr std::size_t kBytesMax = 40;

 private:
  std::string_view text_;
};

class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& BeginObject() { return Open('{'); }
  JsonWriter& EndObject() { return Close('}'); }
  JsonWriter& BeginArray() { return Open('['); }
  JsonWriter& EndArray() { return Close(']'); }
  JsonWriter& Key(JsonKey key);
  JsonWriter& DynamicKey(std::string_view key);
  // Bytes that are not UTF-8 become U+FFFD, so that the result is always valid JSON.
  JsonWriter& String(std::string_view text);
  JsonWriter& Bool(bool value);
  JsonWriter& Null();
  // The shortest text that reads back as the same value; null if it is not finite.
  JsonWriter& Number(double value);
  JsonWriter& Number(float value);
  template <std::integral I>
  JsonWriter& Number(I value) {
    if constexpr (std::is_signed_v<I>) {
      return Integer(static_cast<std::int64_t>(value));
    } else {
      return Unsigned(static_cast<std::uint64_t>(value));
    }
  }
  JsonWriter& Numbers(std::span<const float> values);
  // Appends text that already is JSON.
  JsonWriter& Raw(std::string_view json);

 private:
  JsonWriter& Open(char bracket);
  JsonWriter& Close(char bracket);
  JsonWriter& Integer(std::int64_t value);
  JsonWriter& Unsigned(std::uint64_t value);
  char* Separate(char* to);
  void Append(const char* begin, const char* end) {
    out_.append(begin, static_cast<std::size_t>(end - begin));
  }
  void Quote(std::string_view text);
  template <class T>
  void AppendNumber(T value);

  static constexpr std::size_t kTokenBytes = 64;
  std::string& out_;
  std::uint64_t has_element_ = 0;  // one bit a level, the innermost lowest
  bool after_key_ = false;
};

}  // namespace credence
