#include "api/rpc_json.h"

#include <google/protobuf/message.h>
#include <google/protobuf/util/json_util.h>

#include "base/check.h"

namespace credence::api {

void FromJson(const std::string& json, google::protobuf::Message& message) {
  google::protobuf::util::JsonParseOptions options;
  options.ignore_unknown_fields = true;
  CREDENCE_CHECK(google::protobuf::util::JsonStringToMessage(json, &message, options).ok());
}

}  // namespace credence::api
