// What operators may ask of the versions that are served.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "serving/model_source.h"

namespace credence::api {

// Load, Unload and Reload record what is wanted and return; it happens elsewhere. Labels have moved
// when their functions return.
// Errors: kNotFound - there is no such predictor, version or label; kInvalidArgument - no label;
//         kFailedPrecondition - the state of the version forbids it.
// Threads: thread-safe; called on I/O threads, so that no call may take long.
class Control {
 public:
  virtual ~Control() = default;
  virtual Result<void> Load(std::string_view name, std::int64_t version) = 0;
  virtual Result<void> Unload(std::string_view name, std::int64_t version) = 0;
  // Loads anew, although no file has changed; `version` nullopt: all that serve.
  virtual Result<void> Reload(std::string_view name, std::optional<std::int64_t> version) = 0;
  // Whether what was asked for has been done: true - the version serves; false - not yet.
  // Errors: kNotFound - there is none; kFailedPrecondition - it was refused, with the reason, or it
  //         is not wanted any more.
  virtual Result<bool> Settled(std::string_view name, std::int64_t version) = 0;
  virtual Result<void> SetLabel(std::string_view name, std::string_view label,
                                std::int64_t version) = 0;
  virtual Result<void> RemoveLabel(std::string_view name, std::string_view label) = 0;
  // As serving::Lifecycle: replaces what is served; whether any version of a predictor serves.
  virtual Result<void> Configure(serving::Configuration wanted) = 0;
  virtual Result<bool> Settled(std::string_view name) = 0;
};

}  // namespace credence::api
