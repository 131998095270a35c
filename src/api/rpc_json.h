// A protobuf message from the JSON that the REST side of a protocol answers: both tell the same.
#pragma once

#include <string>

namespace google::protobuf {
class Message;
}

namespace credence::api {

// Sets `message`; what it has no field for is left out. REQUIRES: `json` is what our own writers
// wrote for this kind of message.
void FromJson(const std::string& json, google::protobuf::Message& message);

}  // namespace credence::api
