#include "api/wording.h"

namespace credence::api {

Wording WordingOf(security::Why why) {
  using enum rpc::StatusCode;
  switch (why) {
    case security::Why::kHost:
      return {421, kPermissionDenied, "host_not_allowed"};
    case security::Why::kForeignPage:
      return {403, kPermissionDenied, "foreign_page"};
    case security::Why::kNoKey:
    case security::Why::kUnknownKey:
      return {401, kUnauthenticated, "unauthenticated"};
    case security::Why::kScope:
      return {403, kPermissionDenied, "permission_denied"};
    case security::Why::kTooFast:
      return {429, kResourceExhausted, "rate_limited"};
    case security::Why::kTooManyAtOnce:
      return {429, kResourceExhausted, "too_many_at_once"};
  }
  return {403, kPermissionDenied, "permission_denied"};
}

}  // namespace credence::api
