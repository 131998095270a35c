// BodyReader finds the pictures in a request's body: multipart, JSON, or a picture as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/recycled.h"
#include "base/result.h"
#include "http/message.h"
#include "predictor/input.h"

namespace credence::api::native {

inline constexpr std::size_t kPicturesMax = 64;

using Inputs = Recycled<predictor::Input>;
using Kept = std::vector<std::vector<std::uint8_t>>;

// Buffers of one thread.
class BodyReader {
 public:
  BodyReader();
  ~BodyReader();

  // Adds the request's pictures to `inputs`. The kind is found by content: a Content-Type
  // multipart/…, a first character '{' or '[', else the body is a picture file. Decoded base64 is
  // kept in `kept`, which must live as long as the inputs; so must the request's body.
  // Returns whether the answer is a list (several `file` parts, or "images").
  // Errors: kInvalidArgument - not understood, saying what is expected; kTooLarge - over
  // kPicturesMax. REQUIRES: kBodyPadding bytes are readable behind the body.
  Result<bool> Read(const http::Request& request, Inputs& inputs, Kept& kept);

 private:
  struct Json;
  Result<bool> ReadJson(const http::Request& request, Inputs& inputs, Kept& kept);
  std::unique_ptr<Json> json_;
};

}  // namespace credence::api::native
