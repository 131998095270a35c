#include "api/tensor/json_reader.h"

#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <span>

#include "base/byte_order_mark.h"

namespace credence::api::tensor {
namespace {

constexpr std::array<double, 23> kTens = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                          1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                          1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
constexpr int kDigitsMax = 19;  // that 64 bits hold in any case

// What SkipFast looks at.
constexpr std::array<bool, 256> kStructural = [] {
  std::array<bool, 256> is{};
  for (const char c : std::string_view("[]{}\"")) is[static_cast<unsigned char>(c)] = true;
  return is;
}();

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

void AppendUtf8(std::uint32_t c, std::string& out) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6), put(0x80 | (c & 63));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12), put(0x80 | (c >> 6 & 63)), put(0x80 | (c & 63));
  } else {
    put(0xF0 | c >> 18), put(0x80 | (c >> 12 & 63)), put(0x80 | (c >> 6 & 63)),
        put(0x80 | (c & 63));
  }
}

// The digits of a number without its sign, as integer and power of ten.
struct Decimal {
  std::uint64_t magnitude = 0;
  int digits = 0;  // significant ones
  bool exact = true;
  int exponent = 0;

  void Add(char digit) {
    if (digits == 0 && digit == '0') return;
    if (++digits > kDigitsMax) {
      exact = false;
      return;
    }
    magnitude = magnitude * 10 + static_cast<std::uint64_t>(digit - '0');
  }
};

}  // namespace

std::string_view JsonKindName(JsonKind kind) {
  switch (kind) {
    case JsonKind::kObject:
      return "Object";
    case JsonKind::kArray:
      return "Array";
    case JsonKind::kString:
      return "String";
    case JsonKind::kNumber:
      return "Number";
    case JsonKind::kTrue:
    case JsonKind::kFalse:
      return "Boolean";
    case JsonKind::kNull:
      return "Null";
    case JsonKind::kNone:
      break;
  }
  return "nothing";
}

JsonReader::JsonReader(std::string_view text) {
  text = WithoutByteOrderMark(text);
  begin_ = at_ = text.data();
  end_ = begin_ + text.size();
}

JsonKind JsonReader::Peek() {
  SkipBlanks();
  if (at_ == end_) return JsonKind::kNone;
  switch (*at_) {
    case '{':
      return JsonKind::kObject;
    case '[':
      return JsonKind::kArray;
    case '"':
      return JsonKind::kString;
    case 't':
      return JsonKind::kTrue;
    case 'f':
      return JsonKind::kFalse;
    case 'n':
      return JsonKind::kNull;
    case '-':
    case 'N':
    case 'I':
      return JsonKind::kNumber;
    default:
      return IsDigit(*at_) ? JsonKind::kNumber : JsonKind::kNone;
  }
}

bool JsonReader::Take(char c) {
  SkipBlanks();
  if (at_ == end_ || *at_ != c) return false;
  ++at_;
  return true;
}

bool JsonReader::TakeWord(std::string_view word) {
  if (!std::string_view(at_, static_cast<std::size_t>(end_ - at_)).starts_with(word)) return false;
  at_ += word.size();
  return true;
}

bool JsonReader::SpecialNumber(JsonNumber& out) {
  const double sign = out.negative ? -1 : 1;
  if (!out.negative && TakeWord("NaN")) {
    out.value = std::numeric_limits<double>::quiet_NaN();
  } else if (TakeWord("Infinity") || TakeWord("Inf")) {
    out.value = sign * std::numeric_limits<double>::infinity();
  } else {
    return Fail();
  }
  return true;
}

// Most numbers have few digits and a small power of ten: then one multiplication or division of two
// doubles that are exact gives the nearest double (Clinger 1990).
bool JsonReader::Number(JsonNumber& out) {
  SkipBlanks();
  const char* const start = at_;
  out = {};
  if (at_ != end_ && *at_ == '-') {
    out.negative = true;
    ++at_;
  }
  if (at_ == end_) return Fail();
  if (!IsDigit(*at_)) return SpecialNumber(out);
  Decimal decimal;
  if (*at_ == '0') {
    ++at_;
    if (at_ != end_ && IsDigit(*at_)) return Fail();
  }
  while (at_ != end_ && IsDigit(*at_)) decimal.Add(*at_++);
  out.whole = true;
  if (at_ != end_ && *at_ == '.') {
    out.whole = false;
    const char* const fraction = ++at_;
    while (at_ != end_ && IsDigit(*at_)) decimal.Add(*at_++);
    if (at_ == fraction) return Fail();
    decimal.exponent = -static_cast<int>(at_ - fraction);
  }
  if (at_ != end_ && (*at_ == 'e' || *at_ == 'E')) {
    out.whole = false;
    ++at_;
    const bool down = at_ != end_ && *at_ == '-';
    if (at_ != end_ && (*at_ == '-' || *at_ == '+')) ++at_;
    const char* const digits = at_;
    int power = 0;
    while (at_ != end_ && IsDigit(*at_)) {
      if (power < 100000) power = power * 10 + (*at_ - '0');
      ++at_;
    }
    if (at_ == digits) return Fail();
    decimal.exponent += down ? -power : power;
  }
  out.exact = out.whole && decimal.exact;
  out.magnitude = decimal.magnitude;
  constexpr std::uint64_t kExactMax = std::uint64_t{1} << 53;
  const int exponent = decimal.exponent;
  if (decimal.exact && decimal.magnitude <= kExactMax && exponent >= -22 && exponent <= 22) {
    const auto magnitude = static_cast<double>(decimal.magnitude);
    const double size = exponent < 0 ? magnitude / kTens[static_cast<std::size_t>(-exponent)]
                                     : magnitude * kTens[static_cast<std::size_t>(exponent)];
    out.value = out.negative ? -size : size;
    return true;
  }
  const auto read = std::from_chars(start, at_, out.value);
  if (read.ec == std::errc()) return true;
  if (exponent + decimal.digits > 0) return Fail();  // beyond the largest double
  out.value = out.negative ? -0.0 : 0.0;             // below the smallest
  return true;
}

std::size_t JsonReader::Floats(std::vector<std::byte>& out) {
  std::array<float, 64> some;  // a vector that grows by each number takes as long as reading them
  std::size_t count = 0, waiting = 0;
  const auto append = [&] {
    const std::span bytes = std::as_bytes(std::span(some).first(waiting));
    out.insert(out.end(), bytes.begin(), bytes.end());
    waiting = 0;
  };
  const char* behind = at_;
  JsonNumber number;
  while (Peek() == JsonKind::kNumber && Number(number)) {
    some[waiting++] = static_cast<float>(number.value);
    ++count;
    if (waiting == some.size()) append();
    behind = at_;
    if (!Take(',')) break;
  }
  append();
  if (!malformed_) at_ = behind;
  return count;
}

bool JsonReader::Bool(bool& out) {
  SkipBlanks();
  out = at_ != end_ && *at_ == 't';
  return TakeWord("true") || TakeWord("false") || Fail();
}

bool JsonReader::HexDigits(std::uint32_t& out) {
  if (end_ - at_ < 4) return Fail();
  const auto read = std::from_chars(at_, at_ + 4, out, 16);
  if (read.ptr != at_ + 4) return Fail();
  at_ += 4;
  return true;
}

bool JsonReader::Escape(std::string& out) {
  constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
  if (at_ == end_) return Fail();
  const char c = *at_++;
  if (c != 'u') {
    const std::size_t which = kFrom.find(c);
    if (which == kFrom.npos) return Fail();
    out.push_back(kTo[which]);
    return true;
  }
  std::uint32_t unit = 0;
  if (!HexDigits(unit)) return false;
  if (unit >= 0xD800 && unit < 0xDC00 && TakeWord("\\u")) {
    std::uint32_t low = 0;
    if (!HexDigits(low)) return false;
    if (low >= 0xDC00 && low < 0xE000) {
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    } else {
      AppendUtf8(0xFFFD, out);
      unit = low;
    }
  }
  AppendUtf8(unit >= 0xD800 && unit < 0xE000 ? 0xFFFD : unit, out);
  return true;
}

bool JsonReader::String(std::string& out) {
  out.clear();
  if (!Take('"')) return Fail();
  while (true) {
    const char* const plain = at_;
    while (at_ != end_ && *at_ != '"' && *at_ != '\\' && static_cast<unsigned char>(*at_) >= 0x20) {
      ++at_;
    }
    out.append(plain, at_);
    if (at_ == end_ || static_cast<unsigned char>(*at_) < 0x20) return Fail();
    if (*at_++ == '"') return true;
    if (!Escape(out)) return false;
  }
}

bool JsonReader::SkipString() {
  ++at_;
  while (at_ != end_ && *at_ != '"') {
    if (*at_ == '\\' && ++at_ == end_) return Fail();
    ++at_;
  }
  if (at_ == end_) return Fail();
  ++at_;
  return true;
}

bool JsonReader::SkipFast() {
  int depth = 0;
  SkipBlanks();
  do {
    if (at_ == end_) return Fail();
    switch (*at_) {
      case '[':
      case '{':
        if (++depth > kJsonDepthMax) return Fail();
        ++at_;
        break;
      case ']':
      case '}':
        if (--depth < 0) return Fail();
        ++at_;
        break;
      case '"':
        if (!SkipString()) return false;
        break;
      default:
        if (depth == 0) return Skip();
        while (++at_ != end_ && !kStructural[static_cast<unsigned char>(*at_)]) {
        }
    }
  } while (depth > 0);
  return true;
}

bool JsonReader::Skip() { return SkipNested(0); }

bool JsonReader::SkipNested(int depth) {
  if (depth > kJsonDepthMax) return Fail();
  bool truth = false;
  JsonNumber number;
  std::string text;
  switch (Peek()) {
    case JsonKind::kObject:
      return Object([&](std::string_view) { return SkipNested(depth + 1); });
    case JsonKind::kArray:
      return Array([&] { return SkipNested(depth + 1); });
    case JsonKind::kString:
      return String(text);
    case JsonKind::kNumber:
      return Number(number);
    case JsonKind::kTrue:
    case JsonKind::kFalse:
      return Bool(truth);
    case JsonKind::kNull:
      return TakeWord("null") || Fail();
    case JsonKind::kNone:
      break;
  }
  return Fail();
}

Error JsonReader::ParseError() const {
  const std::string_view all = text();
  if (all.find_first_not_of(" \t\r\n") == all.npos) {
    return {Code::kInvalidArgument, "JSON Parse error: The document is empty"};
  }
  return {Code::kInvalidArgument,
          "JSON Parse error: Invalid value. at offset: " + std::to_string(offset())};
}

}  // namespace credence::api::tensor
