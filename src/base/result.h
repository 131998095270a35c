// Result<T> is a value or an Error; every function that can fail on outside input returns one.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/check.h"

namespace credence {

// What kind of thing went wrong: gRPC's status codes by name, and three more that HTTP tells apart
// and gRPC does not. Each wire format maps Code by one exhaustive switch.
enum class Code {
  kInvalidArgument,  // the request, flag or file is malformed; a retry fails, too
  kInvalidImage,  // a picture of a known format whose bytes are damaged   (gRPC: kInvalidArgument)
  kUnsupportedFormat,  // not a format that is accepted                         (gRPC:
                       // kInvalidArgument)
  kTooLarge,  // over a stated limit                                   (gRPC: kInvalidArgument)
  kNotFound,  // no such predictor, version, file
  kFailedPrecondition,  // it exists, but its state forbids this
  kResourceExhausted,   // a queue or pool is full; try again later
  kUnavailable,         // starting, draining or without a served version
  kDeadlineExceeded,    // not done within the time the request was given
  kUnimplemented,       // understood, but this build or model cannot do it
  kDataLoss,            // a file's checksum or structure is wrong
  kInternal,            // our fault
};

// The code's stable name in answers and logs: "invalid_argument", "invalid_image", …
std::string_view CodeName(Code code);

struct Error {
  Code code;
  std::string message;  // what was wrong, the limit and the actual value; no trailing full stop
};

// An error of kInvalidArgument.
Error Invalid(std::string message);

// Returns the error with `context` and ": " before its message.
Error Annotate(Error error, std::string_view context);

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }

  // REQUIRES: ok().
  T& value() & { return Get(state_); }
  const T& value() const& { return Get(state_); }
  T&& value() && { return std::move(Get(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  // REQUIRES: !ok().
  const Error& error() const {
    CREDENCE_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  template <class S>
  static auto& Get(S& state) {
    CREDENCE_CHECK(state.index() == 0);
    return *std::get_if<0>(&state);
  }
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : state_(std::move(error)) {}  // NOLINT: implicit

  bool ok() const { return state_.index() == 0; }
  explicit operator bool() const { return ok(); }
  const Error& error() const {
    CREDENCE_CHECK(!ok());
    return *std::get_if<1>(&state_);
  }

 private:
  std::variant<std::monostate, Error> state_;
};

}  // namespace credence
