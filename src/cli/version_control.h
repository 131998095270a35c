// VersionControl lets the admin endpoints ask the Lifecycle. Thread-safe.
#pragma once

#include <utility>

#include "api/control.h"
#include "serving/lifecycle.h"

namespace credence::cli {

class VersionControl final : public api::Control {
 public:
  explicit VersionControl(serving::Lifecycle& lifecycle) : lifecycle_(lifecycle) {}

  Result<void> Load(std::string_view name, std::int64_t version) override {
    return lifecycle_.Load(name, version);
  }
  Result<void> Unload(std::string_view name, std::int64_t version) override {
    return lifecycle_.Unload(name, version);
  }
  Result<void> Reload(std::string_view name, std::optional<std::int64_t> version) override {
    return lifecycle_.Reload(name, version);
  }
  Result<bool> Settled(std::string_view name, std::int64_t version) override {
    return lifecycle_.Settled(name, version);
  }
  Result<void> SetLabel(std::string_view name, std::string_view label,
                        std::int64_t version) override {
    return lifecycle_.SetLabel(name, label, version);
  }
  Result<void> RemoveLabel(std::string_view name, std::string_view label) override {
    return lifecycle_.RemoveLabel(name, label);
  }
  Result<void> Configure(serving::Configuration wanted) override {
    return lifecycle_.Configure(std::move(wanted));
  }
  Result<bool> Settled(std::string_view name) override { return lifecycle_.Settled(name); }

 private:
  serving::Lifecycle& lifecycle_;
};

}  // namespace credence::cli
