#include "api/kserve/rpc_infer.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "api/kserve/infer_tensors.h"
#include "api/kserve/rpc_names.h"
#include "api/kserve/write.h"
#include "inference.pb.h"

namespace credence::api::kserve {
namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;
using inference::ModelStreamInferResponse;
using tensor::Told;

constexpr std::string_view kInfer = "/inference.GRPCInferenceService/ModelInfer";
constexpr std::string_view kStreamInfer = "/inference.GRPCInferenceService/ModelStreamInfer";
// Its last answer: every request has exactly one.
constexpr const char* kFinalResponse = "triton_final_response";

// What each output is asked for.
Result<void> ReadOutputs(const ModelInferRequest& request, InferAsked& asked) {
  asked.Clear();
  for (const auto& output : request.outputs()) {
    const std::string& name = output.name();
    if (std::ranges::find(asked.outputs, name, &WantedOutput::name) != asked.outputs.end()) {
      return Error{Code::kInvalidArgument,
                   "output '" + name.substr(0, 200) + "' already exists in request"};
    }
    WantedOutput& wanted = asked.outputs.emplace_back();
    wanted.name = name;
    const auto classes = output.parameters().find("classification");
    if (classes == output.parameters().end()) continue;
    const auto& value = classes->second;
    if (value.parameter_choice_case() != inference::InferParameter::kInt64Param ||
        value.int64_param() < 0) {
      return Error{Code::kInvalidArgument, "the parameter 'classification' of output '" +
                                               name.substr(0, 200) +
                                               "' must be a number from 0 on, as int64_param"};
    }
    wanted.classes = static_cast<std::uint64_t>(value.int64_param());
  }
  return {};
}

void Add(const AnswerOutput& output, ModelInferResponse& response) {
  if (const auto* borrowed = std::get_if<const model::Tensor*>(&output.value)) {
    AddOutput(output.name, **borrowed, response);
  } else if (const auto* made = std::get_if<model::Tensor>(&output.value)) {
    AddOutput(output.name, *made, response);
  } else {
    AddOutput(output.name, std::get<tensor::TextTensor>(output.value), response);
  }
}

// The verdict among the response's parameters: of one answer as its own type, of several as JSON.
void AddParameters(const serving::Reply& reply, ModelInferResponse& response) {
  auto& parameters = *response.mutable_parameters();
  const bool one = reply.answers.size() == 1;
  const predictor::Answer& first = reply.answers[0];
  if (one) {
    parameters["verdict"].set_string_param(std::string(reliability::VerdictName(
        first.error ? reliability::Verdict::kUnassessed : first.prediction.verdict)));
  } else {
    parameters["verdict"].set_string_param(tensor::ToldJson(reply, Told::kVerdict));
  }
  for (const Told told : {Told::kConfidence, Told::kFamiliarity}) {
    const std::string name(tensor::ToldName(told));
    if (!one) {
      parameters[name].set_string_param(tensor::ToldJson(reply, told));
      continue;
    }
    const auto& number =
        told == Told::kConfidence ? first.prediction.confidence : first.prediction.familiarity;
    if (!first.error && number) parameters[name].set_double_param(*number);
  }
}

}  // namespace

class InferCall final : public RpcWork {
 public:
  explicit InferCall(InferHandler& handler) : handler_(handler) {}

  void Deliver() override { handler_.Write(*this); }
  void Release(std::unique_ptr<serving::Work> self) override {
    static_cast<void>(self.release());
    handler_.pool_.Give(std::unique_ptr<InferCall>(this));
  }

  InferHandler::Form form = InferHandler::Form::kUnary;
  ModelInferRequest question;
  InferAsked asked;
  ModelStreamInferResponse response;

 private:
  InferHandler& handler_;
};

InferHandler::InferHandler(RpcContext& context) : context_(context) {}

InferHandler::~InferHandler() = default;

void InferHandler::Handle(rpc::Responder responder, Form form) {
  std::unique_ptr<InferCall> call = pool_.Take(*this);
  call->form = form;
  call->exchange.Begin(context_.finisher, std::move(responder),
                       form == Form::kUnary ? kInfer : kStreamInfer);
  call->Start(context_);
  if (auto read = Read(*call); !read) {
    tensor::NoteAsked(context_.submitter.catalog(), call->request.selector, call->exchange.counted);
    Fail(*call, read.error());
    pool_.Give(std::move(call));
    return;
  }
  context_.submitter.Predict(std::move(call));
}

Result<void> InferHandler::Read(InferCall& call) {
  call.question.Clear();
  if (!call.exchange.call().Read(call.question)) {
    return Error{Code::kInvalidArgument, "the message is not an inference.ModelInferRequest"};
  }
  serving::Selector& selector = call.request.selector;
  if (auto named = ReadName(call.question.model_name(), call.question.model_version(), selector);
      !named) {
    return named;
  }
  const auto version =
      tensor::FindVersion(context_.submitter.catalog(), selector, tensor::Dialect::kKserve);
  if (!version) return version.error();
  const predictor::Predictor& predictor = (*version)->predictor();
  if (auto read = ReadOutputs(call.question, call.asked); !read) return read;
  if (auto read = ReadTensors(call.question, predictor.name(), call.sent); !read) return read;
  auto fit = tensor::MakeInputs(call.sent, predictor, call.request.inputs);
  if (!fit) return fit.error();
  call.fit = *fit;
  return {};
}

void InferHandler::Write(InferCall& call) {
  const SteadyTime start = context_.environment.clock.Now();
  serving::Reply& reply = call.reply;
  if (reply.version) call.exchange.counted.predictor = &reply.version->predictor();
  if (auto written = WriteOutputs(call); !written) return Fail(call, written.error());
  reply.timings[static_cast<std::size_t>(metrics::Phase::kEncode)] =
      context_.environment.clock.Now() - start;
  call.Count();
  if (call.form == Form::kUnary) {
    return call.exchange.Send(context_.finisher, call.response.infer_response());
  }
  (*call.response.mutable_infer_response()->mutable_parameters())[kFinalResponse].set_bool_param(
      true);
  call.exchange.Send(context_.finisher, call.response);
}

// An error in a stream is an answer; the stream goes on.
void InferHandler::Fail(InferCall& call, const Error& error) {
  const rpc::Status status = StatusOf(error);
  if (call.form == Form::kUnary) return call.exchange.Fail(context_.finisher, status);
  call.response.Clear();
  call.response.set_error_message(rpc::CutDetails(error.message));
  ModelInferResponse& response = *call.response.mutable_infer_response();
  response.set_id(call.question.id());
  (*response.mutable_parameters())[kFinalResponse].set_bool_param(true);
  call.exchange.SendError(context_.finisher, call.response, status.code);
}

Result<void> InferHandler::WriteOutputs(InferCall& call) {
  if (auto gathered = tensor::GatherOutputs(call.reply, call.fit, call.outputs); !gathered) {
    return gathered;
  }
  const auto chosen = ChooseOutputs(call.reply, call.outputs, call.asked);
  if (!chosen) return chosen.error();
  const predictor::Predictor& predictor = call.reply.version->predictor();
  call.response.Clear();
  ModelInferResponse& response = *call.response.mutable_infer_response();
  response.set_model_name(predictor.name());
  response.set_model_version(std::to_string(predictor.version()));
  response.set_id(call.question.id());
  AddParameters(call.reply, response);
  for (const AnswerOutput& output : *chosen) Add(output, response);
  return {};
}

}  // namespace credence::api::kserve
