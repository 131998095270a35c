#include "cli/engine.h"

#include <chrono>
#include <cstdlib>
#include <stop_token>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/thread_role.h"
#include "base/waker.h"
#include "cli/options.h"
#include "model/openvino/engine.h"

namespace credence::cli {
namespace {

constexpr std::chrono::seconds kStartMax(10);  // it takes a few milliseconds

// Ends the process unless it is told to stop within kStartMax.
void WatchStart(const std::stop_token& started) {
  EnterThread("engine-start", ThreadRole::kBackground);
  Waker().WaitUntil(started, SystemClock().Now() + kStartMax);
  if (started.stop_requested()) return;
  Fail({Code::kResourceExhausted,
        "the engine's threads did not start within " + std::to_string(kStartMax.count()) +
            " s, as happens when the system refuses it memory at that moment; start it again"});
  std::_Exit(1);  // the main thread waits for itself and cannot be woken
}

}  // namespace

std::unique_ptr<model::Engine> StartEngine() {
  const std::jthread watch(WatchStart);
  model::StartScheduler();
  return model::MakeOpenVinoEngine();
}

}  // namespace credence::cli
