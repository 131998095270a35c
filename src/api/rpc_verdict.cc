#include "api/rpc_verdict.h"

#include <string>
#include <string_view>

#include "api/tensor/outputs.h"
#include "base/ascii.h"

namespace credence::api {

void AddVerdict(const serving::Reply& reply, rpc::Responder& responder) {
  std::string lines;
  tensor::AppendVerdictHeaders(reply, lines);
  std::string key;
  for (std::string_view rest = lines; !rest.empty();) {
    const std::size_t colon = rest.find(": ");
    const std::size_t end = rest.find("\r\n");
    key.assign(rest.substr(0, colon));
    for (char& c : key) c = AsciiLower(c);
    responder.AddMetadata(key, rest.substr(colon + 2, end - colon - 2));
    rest.remove_prefix(end + 2);
  }
}

}  // namespace credence::api
