// BodyReader finds the pictures in a request's body: multipart, JSON, or a picture as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

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

// Buffers of one thread.
class BodyReader {
 public:
  BodyReader();
  ~BodyReader();

  // Adds the request's pictures to `inputs`. The kind is found by content: a Content-Type
  // multipart/… in any case, a first character '{' or '[' (behind a byte order mark, if there is
  // one), else the body is a picture file whatever its Content-Type. Decoded base64 is kept in
  // `kept`, which must live as long as the inputs; so must the request's body.
  // JSON {"inputs": {NAME: numbers, …}} are the model's own tensors.
  // Errors: kInvalidArgument - not understood, saying what is expected, of lists with the place;
  // kTooLarge - over kPicturesMax. REQUIRES: kBodyPadding bytes are readable behind the body.
  Result<BodyForm> Read(const http::Request& request, Inputs& inputs, Kept& kept);

 private:
  struct Json;
  Result<BodyForm> ReadJson(std::string_view text, Inputs& inputs, Kept& kept);
  std::unique_ptr<Json> json_;
};

}  // namespace credence::api::native
