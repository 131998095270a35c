// The one table of what a Code is to the protocols that serve tensors (TensorFlow Serving's and
// KServe's, by REST and by gRPC). The native API differs in three rows: http/problem.h. Pure.
#pragma once

#include <string_view>

#include "base/result.h"

namespace credence::api::tensor {

struct CodeRow {
  int http;               // never 5xx for what a client's request is to blame for
  int grpc;               // of google.rpc.Code, which error.Code of TensorFlow has, too
  std::string_view name;  // as those print it: "INVALID_ARGUMENT"
};

// One exhaustive switch.
CodeRow RowOf(Code code);

// Whether the same request may succeed a little later: REST answers say Retry-After then.
bool MayPass(Code code);

}  // namespace credence::api::tensor
