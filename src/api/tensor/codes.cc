#include "api/tensor/codes.h"

namespace credence::api::tensor {

CodeRow RowOf(Code code) {
  switch (code) {
    case Code::kInvalidArgument:
    case Code::kInvalidImage:
    case Code::kUnsupportedFormat:
      return {400, 3, "INVALID_ARGUMENT"};
    case Code::kTooLarge:
      return {413, 3, "INVALID_ARGUMENT"};
    case Code::kDeadlineExceeded:
      return {504, 4, "DEADLINE_EXCEEDED"};
    case Code::kNotFound:
      return {404, 5, "NOT_FOUND"};
    case Code::kResourceExhausted:
      return {503, 8, "RESOURCE_EXHAUSTED"};
    case Code::kFailedPrecondition:
      return {400, 9, "FAILED_PRECONDITION"};
    case Code::kUnimplemented:
      return {400, 12, "UNIMPLEMENTED"};
    case Code::kInternal:
      return {500, 13, "INTERNAL"};
    case Code::kUnavailable:
      return {503, 14, "UNAVAILABLE"};
    case Code::kDataLoss:
      return {500, 15, "DATA_LOSS"};
  }
  return {500, 13, "INTERNAL"};
}

bool MayPass(Code code) {
  return code == Code::kResourceExhausted || code == Code::kUnavailable ||
         code == Code::kDeadlineExceeded;
}

}  // namespace credence::api::tensor
