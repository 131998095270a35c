#include "base/json_writer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace credence {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there is none (RFC 3629).
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  unsigned char low = 0x80, high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
  }
  return length;
}

constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (int c = 0; c < 128; ++c) {
    plain[static_cast<std::size_t>(c)] = IsPlainInJson(static_cast<char>(c));
  }
  return plain;
}();

bool AllPlain(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return kPlain[static_cast<unsigned char>(c)]; });
}

// The escape or the replacement of what stands at the start of `text`; returns its length there.
std::size_t AppendSpecial(std::string& out, std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  const char c = text.front();
  if (c == '"' || c == '\\') {
    out.push_back('\\');
    out.push_back(c);
  } else if (c == '\n') {
    out.append("\\n");
  } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
    out.append("\\u00");
    out.push_back(kHex[(c >> 4) & 0xF]);
    out.push_back(kHex[c & 0xF]);
  } else if (const std::size_t length = Utf8Length(text); length > 0) {
    out.append(text.substr(0, length));
    return length;
  } else {
    out.append("\xEF\xBF\xBD");
  }
  return 1;
}

// Runs of plain characters are appended at once.
void AppendEscaped(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(
        std::find_if_not(text.begin(), text.end(), IsPlainInJson) - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (!text.empty()) text.remove_prefix(AppendSpecial(out, text));
  }
}

}  // namespace

// The comma that belongs before the next value, if any; returns the end.
char* JsonWriter::Separate(char* to) {
  if (after_key_) {
    after_key_ = false;
    return to;
  }
  if (has_element_ & 1) *to++ = ',';
  has_element_ |= 1;
  return to;
}

// What is short and plain, which is nearly everything, is put together on the stack and appended
// once: each append costs more than the few characters.
void JsonWriter::Quote(std::string_view text) {
  char token[kTokenBytes];
  char* end = Separate(token);
  *end++ = '"';
  if (text.size() + 3 <= kTokenBytes && AllPlain(text)) {
    end = std::copy(text.begin(), text.end(), end);
    *end++ = '"';
    return Append(token, end);
  }
  Append(token, end);
  AppendEscaped(out_, text);
  out_.push_back('"');
}

template <class T>
void JsonWriter::AppendNumber(T value) {
  char token[kTokenBytes];
  char* const begin = Separate(token);
  Append(token, std::to_chars(begin, token + sizeof token, value).ptr);
}

JsonWriter& JsonWriter::Open(char bracket) {
  char token[2];
  char* end = Separate(token);
  *end++ = bracket;
  Append(token, end);
  has_element_ <<= 1;
  return *this;
}

JsonWriter& JsonWriter::Close(char bracket) {
  out_.push_back(bracket);
  has_element_ >>= 1;
  return *this;
}

JsonWriter& JsonWriter::Key(JsonKey key) {
  static_assert(JsonKey::kBytesMax + 4 <= kTokenBytes);
  char token[kTokenBytes];
  char* end = Separate(token);
  *end++ = '"';
  end = std::copy(key.text().begin(), key.text().end(), end);
  *end++ = '"';
  *end++ = ':';
  Append(token, end);
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::DynamicKey(std::string_view key) {
  Quote(key);
  out_.push_back(':');
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::String(std::string_view text) {
  Quote(text);
  return *this;
}

JsonWriter& JsonWriter::Bool(bool value) { return Raw(value ? "true" : "false"); }
JsonWriter& JsonWriter::Null() { return Raw("null"); }

JsonWriter& JsonWriter::Number(double value) {
  if (!std::isfinite(value)) return Null();
  AppendNumber(value);
  return *this;
}

JsonWriter& JsonWriter::Number(float value) {
  if (!std::isfinite(value)) return Null();
  AppendNumber(value);
  return *this;
}

JsonWriter& JsonWriter::Integer(std::int64_t value) {
  AppendNumber(value);
  return *this;
}

JsonWriter& JsonWriter::Unsigned(std::uint64_t value) {
  AppendNumber(value);
  return *this;
}

JsonWriter& JsonWriter::Numbers(std::span<const float> values) {
  Open('[');
  char tokens[8 * kTokenBytes];  // several numbers an append
  char* end = tokens;
  for (const float value : values) {
    if (end > tokens + sizeof tokens - kTokenBytes) {
      Append(tokens, end);
      end = tokens;
    }
    end = Separate(end);
    end = std::isfinite(value) ? std::to_chars(end, end + kTokenBytes - 1, value).ptr
                               : std::copy_n("null", 4, end);
  }
  Append(tokens, end);
  return EndArray();
}

JsonWriter& JsonWriter::Raw(std::string_view json) {
  char comma[1];
  Append(comma, Separate(comma));
  out_.append(json);
  return *this;
}

}  // namespace credence
