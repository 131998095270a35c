// Net is a NetSpec with weights that can be trained. Only net.cc includes libtorch; this header
// declares at::Tensor forward.
//
// Thread-compatible. libtorch's exceptions pass through; trainer.cc and checkpoint.cc catch them.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "train/frozen_net.h"
#include "train/net_spec.h"

namespace at {
class Tensor;
}
namespace torch::nn {
class Module;
}

namespace credence::train {

class Net {
 public:
  // Weights are drawn from libtorch's generator. REQUIRES: Shapes(spec) is ok.
  explicit Net(const NetSpec& spec);
  ~Net();
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;

  // pictures: float32 [n, channels, height, width], 0..1, as MakeBatch lays them
  // out. Returns logits [n, classes].
  at::Tensor Forward(const at::Tensor& pictures);

  // Batch norm learns its statistics while training is on, and uses them while it is off.
  void SetTraining(bool on);

  // For the optimiser and for checkpoints.
  torch::nn::Module& module();

  // The weights as they are, with batch norm folded into them.
  FrozenNet Freeze() const;

 private:
  struct Layers;
  NetSpec spec_;
  std::unique_ptr<Layers> layers_;
};

}  // namespace credence::train
