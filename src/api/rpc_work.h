// A prediction by gRPC on its way, and the pool in which it is reused.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "api/rpc_exchange.h"
#include "api/rpc_service.h"
#include "api/tensor/inputs.h"
#include "api/tensor/outputs.h"
#include "serving/request.h"

namespace credence::api {

// What every prediction by gRPC has, whatever its messages are.
class RpcWork : public serving::Work {
 public:
  // Sets what a request has besides its inputs. REQUIRES: exchange has begun.
  void Start(RpcContext& context) {
    const rpc::Call& call = exchange.call();
    request.Clear();
    reply.Clear();
    request.outputs = true;
    request.body_bytes = call.message().size();
    request.received = call.received();
    request.deadline = call.received() + context.environment.core.options.deadline;
    if (call.deadline() != SteadyTime::max()) request.deadline = call.deadline();
    request.key = call.Metadata("x-request-key").value_or("");
  }

  // Sets what is counted and logged of the reply. REQUIRES: its answers are there.
  void Count() {
    Exchange& counted = exchange.counted;
    const auto answers = reply.answers.all();
    counted.pictures = answers.size();
    counted.phases = reply.timings;
    if (answers.size() == 1 && !answers[0].error) {
      NoteAnswer(reply.version->predictor(), answers[0].prediction, counted);
    }
  }

  RpcExchange exchange;
  tensor::SentTensors sent;
  tensor::Fit fit;
  tensor::Outputs outputs;
};

// Works of type W for reuse, so that their buffers are. W has a constructor from Owner&.
// Confined to one thread.
template <class W>
class WorkPool {
 public:
  template <class Owner>
  std::unique_ptr<W> Take(Owner& owner) {
    if (free_.empty()) return std::make_unique<W>(owner);
    std::unique_ptr<W> work = std::move(free_.back());
    free_.pop_back();
    return work;
  }
  // Keeps `work`, unless there are enough.
  void Give(std::unique_ptr<W> work) {
    if (free_.size() < kFreeMax) free_.push_back(std::move(work));
  }

 private:
  static constexpr std::size_t kFreeMax = 256;
  std::vector<std::unique_ptr<W>> free_;
};

}  // namespace credence::api
