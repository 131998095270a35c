#include "api/kserve/rpc_names.h"

namespace credence::api::kserve {

Result<void> ReadName(const std::string& name, const std::string& version,
                      serving::Selector& selector) {
  if (name.empty()) return Error{Code::kInvalidArgument, "the request names no model"};
  selector.predictor = name;
  if (version.empty()) return {};
  if (tensor::ReadVersion(version, tensor::Dialect::kTensorFlow, selector)) return {};
  return Error{Code::kInvalidArgument,
               "failed to get model version from specified version string '" +
                   version.substr(0, 200) + "': a version is a number"};
}

Result<serving::VersionPtr> Find(const serving::Catalog& catalog, const std::string& name,
                                 const std::string& version) {
  serving::Selector selector;
  if (auto read = ReadName(name, version, selector); !read) return read.error();
  return tensor::FindVersion(catalog, selector, tensor::Dialect::kKserve);
}

}  // namespace credence::api::kserve
