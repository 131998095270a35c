// ReadBody finds the pictures in a request's body: multipart, JSON, or a picture as it is.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "predictor/predictor.h"
#include "serving/execution.h"

namespace credence::api::native {

inline constexpr std::size_t kPicturesMax = 64;

// Buffers of one thread.
class BodyReader {
 public:
  BodyReader();
  ~BodyReader();

  // Fills job.storage[0 .. job.count). The kind is found by content: a Content-Type multipart/…, a
  // first character '{' or '[', else the body is a picture file. Decoded base64 is kept in `kept`,
  // which must live as long as the pictures.
  // Returns whether the answer is a list (several `file` parts, or "images").
  // Errors: kInvalidArgument - not understood, saying what is expected; kTooLarge - over
  // kPicturesMax. REQUIRES: job.predictor is set; kBodyPadding bytes are readable behind the body.
  Result<bool> Read(const http::Request& request, serving::Job& job,
                    std::vector<std::vector<std::uint8_t>>& kept);

 private:
  struct Json;
  Result<bool> ReadJson(const http::Request& request, serving::Job& job,
                        std::vector<std::vector<std::uint8_t>>& kept);
  std::unique_ptr<Json> json_;
};

}  // namespace credence::api::native
