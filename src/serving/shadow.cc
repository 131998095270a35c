#include "serving/shadow.h"

#include <utility>
#include <variant>
#include <vector>

namespace credence::serving {
namespace {

std::size_t BytesOf(const predictor::Input& input) {
  if (const auto* picture = std::get_if<predictor::EncodedPicture>(&input)) {
    return picture->file.size();
  }
  if (const auto* numbers = std::get_if<predictor::Numbers>(&input)) {
    return numbers->values.size() * sizeof(float);
  }
  std::size_t bytes = 0;
  for (const model::Tensor& tensor : std::get<predictor::Tensors>(input).all) {
    bytes += tensor.data.size();
  }
  return bytes;
}

class Shadow final : public Work {
 public:
  Shadow(CanaryRunPtr run, int lane, std::size_t bytes, std::vector<CanaryRun::Seen> stable)
      : run_(std::move(run)), lane_(lane), bytes_(bytes), stable_(std::move(stable)) {
    run_->shadow_bytes().fetch_add(bytes_, std::memory_order_relaxed);
  }
  ~Shadow() override { run_->shadow_bytes().fetch_sub(bytes_, std::memory_order_relaxed); }

  void Copy(const Request& from) {
    files_.reserve(from.inputs.size());  // spans into it stay where they are
    for (const predictor::Input& input : from.inputs.all()) {
      predictor::Input& own = request.inputs.Add();
      own = input;
      if (auto* picture = std::get_if<predictor::EncodedPicture>(&own)) {
        picture->file = files_.emplace_back(picture->file.begin(), picture->file.end());
      }
    }
  }

  void Deliver() override { run_->ObserveShadow(lane_, stable_, reply); }

 private:
  const CanaryRunPtr run_;
  const int lane_;
  const std::size_t bytes_;
  const std::vector<CanaryRun::Seen> stable_;
  std::vector<std::vector<std::uint8_t>> files_;
};

std::unique_ptr<Work> MakeShadow(const CanaryRunPtr& run, int lane, SteadyTime now,
                                 const Work& work) {
  const auto inputs = work.request.inputs.all();
  std::size_t bytes = 0;
  for (const predictor::Input& input : inputs) bytes += BytesOf(input);
  VersionPtr canary = run->canary();
  const std::size_t waiting = run->shadow_bytes().load(std::memory_order_relaxed);
  if (canary == nullptr || waiting + bytes > kShadowBytesMax) {
    run->Skip(lane, inputs.size());
    return nullptr;
  }
  auto shadow = std::make_unique<Shadow>(run, lane, bytes, CanaryRun::See(work.reply));
  shadow->Copy(work.request);
  shadow->request.received = now;
  shadow->request.deadline = now + (work.request.deadline - work.request.received);
  shadow->request.request_class = RequestClass::kBatch;
  shadow->reply.version = std::move(canary);
  return shadow;
}

}  // namespace

void EnterCanary(const CanaryRunPtr& run, int lane, Work& work) {
  if (!run->IsStable(work.reply.version)) return;  // the catalog has gone on
  const Route route = run->Choose(lane, work.request.key);
  if (route == Route::kStable && run->shadow()) return;  // there is nothing to compare it with
  work.canary = {.run = run, .route = route};
  if (route != Route::kCanary) return;
  if (VersionPtr canary = run->canary()) {
    work.reply.version = std::move(canary);
  } else {
    work.canary.route = Route::kStable;  // it was unloaded a moment ago
  }
}

std::unique_ptr<Work> LeaveCanary(int lane, const Clock& clock, Work& work) {
  const CanaryPass pass = std::exchange(work.canary, {});
  if (pass.run == nullptr) return nullptr;
  const SteadyTime now = clock.Now();
  if (pass.route == Route::kBoth) {
    if (!work.reply.error) return MakeShadow(pass.run, lane, now, work);
    pass.run->Skip(lane, work.request.inputs.size());
    return nullptr;
  }
  const Side side = pass.route == Route::kCanary ? Side::kCanary : Side::kStable;
  pass.run->Observe(lane, side, work.request, work.reply, now - work.request.received);
  return nullptr;
}

}  // namespace credence::serving
