// The verdict beside a gRPC answer whose messages have no place for it.
#pragma once

#include "rpc/call.h"
#include "serving/request.h"

namespace credence::api {

// Adds credence-verdict and the others of tensor::AppendVerdictHeaders to the call's trailing
// metadata. REQUIRES: the reply has answers.
void AddVerdict(const serving::Reply& reply, rpc::Responder& responder);

}  // namespace credence::api
