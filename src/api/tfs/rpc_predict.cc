#include "api/tfs/rpc_predict.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <string>
#include <utility>

#include "api/rpc_verdict.h"
#include "api/tensor/select.h"
#include "api/tfs/rpc_spec.h"
#include "api/tfs/tensor_proto.h"
#include "tensorflow_serving.pb.h"

namespace credence::api::tfs {
namespace {

using tensor::Told;
using tensorflow::serving::PredictRequest;
using tensorflow::serving::PredictResponse;

constexpr std::string_view kPredictRoute = "/tensorflow.serving.PredictionService/Predict";

std::string Braces(const std::set<std::string>& names) {
  std::string text = "{";
  for (const std::string& name : names) {
    text.append(text.size() > 1 ? "," : "").append(name.substr(0, 200));
  }
  return text + "}";
}

bool NamesFit(const PredictRequest& request, const model::ModelInfo& info) {
  const auto sent = [&request](const auto& input) { return request.inputs().contains(input.name); };
  return request.inputs_size() == static_cast<int>(info.inputs.size()) &&
         std::ranges::all_of(info.inputs, sent);
}

// TensorFlow Serving's words for names that do not fit the signature.
Result<void> CheckInputNames(const PredictRequest& request, const model::ModelInfo& info) {
  if (NamesFit(request, info)) return {};
  std::set<std::string> sent, wanted, extra, missing;
  for (const auto& [name, tensor] : request.inputs()) sent.insert(name);
  for (const auto& input : info.inputs) wanted.insert(input.name);
  std::ranges::set_difference(sent, wanted, std::inserter(extra, extra.end()));
  std::ranges::set_difference(wanted, sent, std::inserter(missing, missing.end()));
  return Error{Code::kInvalidArgument,
               "input size does not match signature: " + std::to_string(sent.size()) +
                   "!=" + std::to_string(wanted.size()) + " len(" + Braces(sent) + ") != len(" +
                   Braces(wanted) + "). Sent extra: " + Braces(extra) +
                   ". Missing but required: " + Braces(missing) + "."};
}

Result<void> CheckOutputFilter(const PredictRequest& request, const model::ModelInfo& info) {
  if (request.output_filter().empty()) return {};
  std::set<std::string> known, seen;
  for (const auto& output : info.outputs) known.insert(output.name);
  for (const std::string& name : request.output_filter()) {
    if (!known.contains(name) && !tensor::FindTold(name)) {
      return Error{Code::kInvalidArgument,
                   "output tensor alias not found in signature: " + name.substr(0, 200) +
                       " Outputs expected to be in the set " + Braces(known) + "."};
    }
    if (!seen.insert(name).second) {
      return Error{Code::kInvalidArgument, "duplicate output tensor alias: " + name.substr(0, 200)};
    }
  }
  return {};
}

void WriteTold(const serving::Reply& reply, Told told, tensorflow::TensorProto& out) {
  switch (told) {
    case Told::kVerdict:
      return WriteTensorProto(tensor::VerdictTexts(reply), out);
    case Told::kSet:
      return WriteTensorProto(tensor::SetTexts(reply), out);
    case Told::kConfidence:
    case Told::kFamiliarity:
      return WriteTensorProto(tensor::ToldNumbers(reply, told), out);
  }
}

}  // namespace

class PredictCall final : public RpcWork {
 public:
  explicit PredictCall(PredictHandler& handler) : handler_(handler) {}

  void Deliver() override { handler_.Write(*this); }
  void Release(std::unique_ptr<serving::Work> self) override {
    static_cast<void>(self.release());
    handler_.pool_.Give(std::unique_ptr<PredictCall>(this));
  }

  PredictRequest question;
  PredictResponse response;

 private:
  PredictHandler& handler_;
};

PredictHandler::PredictHandler(RpcContext& context) : context_(context) {}

PredictHandler::~PredictHandler() = default;

void PredictHandler::Handle(rpc::Responder responder) {
  std::unique_ptr<PredictCall> call = pool_.Take(*this);
  call->exchange.Begin(context_.finisher, std::move(responder), kPredictRoute);
  call->Start(context_);
  if (auto read = Read(*call); !read) {
    tensor::NoteAsked(context_.submitter.catalog(), call->request.selector, call->exchange.counted);
    call->exchange.Fail(context_.finisher, StatusOf(read.error()));
    pool_.Give(std::move(call));
    return;
  }
  context_.submitter.Predict(std::move(call));
}

Result<void> PredictHandler::Read(PredictCall& call) {
  if (!call.exchange.call().Read(call.question)) {
    return Error{Code::kInvalidArgument, "the message is not a tensorflow.serving.PredictRequest"};
  }
  const PredictRequest& question = call.question;
  serving::Selector& selector = call.request.selector;
  if (auto read = ReadSpec(question.has_model_spec(), question.model_spec(), selector); !read) {
    return read;
  }
  const auto version =
      tensor::FindVersion(context_.submitter.catalog(), selector, tensor::Dialect::kTensorFlow);
  if (!version) return version.error();
  const predictor::Predictor& predictor = (*version)->predictor();
  const model::ModelInfo& info = predictor.model_info();
  if (auto known = CheckSignature(question.model_spec().signature_name(), info); !known) {
    return known;
  }
  if (auto named = CheckInputNames(question, info); !named) return named;
  if (auto filter = CheckOutputFilter(question, info); !filter) return filter;
  call.sent.Clear();
  std::size_t repeated_bytes_left = kRepeatedBytesMax;
  for (const auto& [name, tensor] : question.inputs()) {
    tensor::SentTensor& sent = call.sent.Add();
    sent.Clear();
    if (auto read = ReadTensorProto(name, tensor, repeated_bytes_left, sent); !read) return read;
  }
  auto fit = tensor::MakeInputs(call.sent, predictor, call.request.inputs);
  if (!fit) return fit.error();
  call.fit = *fit;
  return {};
}

void PredictHandler::Write(PredictCall& call) {
  const SteadyTime start = context_.environment.clock.Now();
  serving::Reply& reply = call.reply;
  if (reply.version) call.exchange.counted.predictor = &reply.version->predictor();
  if (auto written = WriteOutputs(call); !written) {
    return call.exchange.Fail(context_.finisher, StatusOf(written.error()));
  }
  reply.timings[static_cast<std::size_t>(metrics::Phase::kEncode)] =
      context_.environment.clock.Now() - start;
  call.Count();
  AddVerdict(reply, call.exchange.responder());
  call.exchange.Send(context_.finisher, call.response);
}

Result<void> PredictHandler::WriteOutputs(PredictCall& call) {
  if (auto gathered = tensor::GatherOutputs(call.reply, call.fit, call.outputs); !gathered) {
    return gathered;
  }
  const predictor::Predictor& predictor = call.reply.version->predictor();
  const auto& filter = call.question.output_filter();
  const std::string& signature = call.question.model_spec().signature_name();
  call.response.Clear();
  WriteSpec(predictor.name(), predictor.version(),
            signature.empty() ? kDefaultSignature : signature, *call.response.mutable_model_spec());
  auto& outputs = *call.response.mutable_outputs();
  const auto& specs = predictor.model_info().outputs;
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string& name = specs[i].name;
    if (!filter.empty() && std::ranges::find(filter, name) == filter.end()) continue;
    WriteTensorProto(call.outputs[i], outputs[name]);
  }
  for (const std::string& name : filter) {
    const auto told = tensor::FindTold(name);
    if (told && !outputs.contains(name)) WriteTold(call.reply, *told, outputs[name]);
  }
  return {};
}

}  // namespace credence::api::tfs
