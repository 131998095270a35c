// BodyReader finds the pictures in a request's body: multipart, JSON, or a picture as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "base/byte_budget.h"
#include "base/recycled.h"
#include "base/result.h"
#include "http/message.h"
#include "predictor/input.h"

namespace credence::api::native {

inline constexpr std::size_t kPicturesMax = 64;

using Inputs = Recycled<predictor::Input>;
using Kept = std::vector<std::vector<std::uint8_t>>;

enum class BodyForm {
  kOne,      // one picture: the answer is one object
  kList,     // several `file` parts, or "images": the answer is a list
  kTensors,  // "inputs"
};

// A body of up to this size is read on the I/O thread, with buffers that stay.
inline constexpr std::size_t kReadAtOnceBytes = 256 * 1024;

// Whether reading the body takes long: it is large, and more than one picture file as it is.
bool TakesLong(const http::Request& request);

// Buffers of one thread; for a large body, make one that goes again.
class BodyReader {
 public:
  BodyReader();
  ~BodyReader();

  // Adds the request's pictures to `inputs`. The kind is found by content: a Content-Type
  // multipart/… in any case, a first character '{' or '[' (behind a byte order mark, if there is
  // one), else the body is a picture file whatever its Content-Type. Decoded base64 is kept in
  // `kept`, which must live as long as the inputs; so must the request's body.
  // JSON {"inputs": {NAME: numbers, …}} are the model's own tensors.
  // `memory` grows by what a large body needs while it is read, and then holds what is kept of it.
  // Errors: kInvalidArgument - not understood, saying what is expected, of lists with the place;
  // kTooLarge - over kPicturesMax; those of `memory`. REQUIRES: kBodyPadding bytes are readable
  // behind the body.
  Result<BodyForm> Read(const http::Request& request, Inputs& inputs, Kept& kept,
                        HeldBytes& memory);

 private:
  struct Json;
  Result<BodyForm> ReadJson(std::string_view text, Inputs& inputs, Kept& kept, HeldBytes& memory);
  std::unique_ptr<Json> json_;
};

}  // namespace credence::api::native
