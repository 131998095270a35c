// JsonReader walks through JSON text, value by value, without building a tree: tensors of numbers
// go straight into their type.
//
// It reads what clients of TensorFlow Serving and Triton send besides RFC 8259: NaN, Infinity, Inf
// and their negatives as numbers, a byte order mark, and text behind the document, which is not
// looked at. Everything else is JSON's own: `1.`, `.5`, `+1`, `01`, comments are errors.
//
// Functions return false when the text is none that they read; the reader stays where it was wrong.
// Threads: thread-compatible.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace credence::api::tensor {

inline constexpr int kJsonDepthMax = 32;

struct JsonNumber {
  double value = 0;
  bool whole = false;  // written without '.', exponent: then value = +-magnitude, if it fits
  bool negative = false;
  bool exact = false;  // `magnitude` holds all digits; of whole numbers only
  std::uint64_t magnitude = 0;
};

enum class JsonKind { kObject, kArray, kString, kNumber, kTrue, kFalse, kNull, kNone };
std::string_view JsonKindName(JsonKind kind);  // "Object", "Array", "String", …, as rapidjson says

class JsonReader {
 public:
  explicit JsonReader(std::string_view text);

  // The kind of the next value; kNone: there is none. Passes over blanks.
  JsonKind Peek();
  // Takes this character, if it is the next one behind blanks.
  bool Take(char c);

  // Take the next value.
  bool String(std::string& out);  // with its escapes undone; lone surrogates become U+FFFD
  bool Number(JsonNumber& out);
  bool Bool(bool& out);
  // Takes numbers with commas between them, and appends them as float32, as many as there are: it
  // ends behind a number. Returns how many. malformed(): what begins as a number is none.
  std::size_t Floats(std::vector<std::byte>& out);
  // Checks the value, too, whose parts may be nested kJsonDepthMax deep.
  bool Skip();
  // Skips what stands between balanced brackets; numbers and words in it are not checked.
  bool SkipFast();

  // `{"key": value, …}`: calls on_value(key) for each, which takes the value and returns whether to
  // go on. False also when that did.
  template <class OnValue>
  bool Object(const OnValue& on_value) {
    if (!Take('{')) return Fail();
    if (Take('}')) return true;
    std::string key;
    do {
      if (Peek() != JsonKind::kString || !String(key) || !Take(':')) return Fail();
      if (!on_value(std::string_view(key))) return false;
    } while (Take(','));
    return Take('}') || Fail();
  }
  // `[value, …]`: calls on_value() for each.
  template <class OnValue>
  bool Array(const OnValue& on_value) {
    if (!Take('[')) return Fail();
    if (Take(']')) return true;
    do {
      if (!on_value()) return false;
    } while (Take(','));
    return Take(']') || Fail();
  }

  // Where the next character is, from the start of the text.
  std::size_t offset() const { return static_cast<std::size_t>(at_ - begin_); }
  std::string_view text() const { return {begin_, static_cast<std::size_t>(end_ - begin_)}; }
  // Whether the text was no JSON, rather than JSON of another kind than was asked for.
  bool malformed() const { return malformed_; }
  // "JSON Parse error: Invalid value. at offset: 12", or "… The document is empty".
  Error ParseError() const;

 private:
  bool Fail() {
    malformed_ = true;
    return false;
  }
  void SkipBlanks() {
    while (at_ != end_ && (*at_ == ' ' || *at_ == '\n' || *at_ == '\r' || *at_ == '\t')) ++at_;
  }
  bool TakeWord(std::string_view word);
  bool Escape(std::string& out);
  bool HexDigits(std::uint32_t& out);
  bool SpecialNumber(JsonNumber& out);
  bool SkipString();
  bool SkipNested(int depth);

  const char* begin_;
  const char* end_;
  const char* at_;
  bool malformed_ = false;
};

}  // namespace credence::api::tensor
