#include "api/native/predict.h"

#include "api/query.h"
#include "base/contain.h"
#include "http/problem.h"

namespace credence::api::native {
namespace {

using metrics::Phase;

Result<void> ReadQuery(std::string_view text, serving::Request& request, EncodeOptions& options,
                       bool& field) {
  options = {};
  field = false;
  if (text.empty()) return {};
  request.selector.predictor = http::QueryValue(text, "predictor").value_or("");
  if (auto version = ReadVersion(text, request.selector); !version) return version;
  const auto view = ReadFlag(text, "view");
  if (!view) return view.error();
  const auto explain = ReadFlag(text, "explain");
  if (!explain) return explain.error();
  const auto outputs = ReadFlag(text, "outputs");
  if (!outputs) return outputs.error();
  const auto several = ReadFlag(text, "field");
  if (!several) return several.error();
  field = *several;
  request.explain = *explain;
  request.outputs = *outputs;
  options = {.view = *view, .explain = *explain, .outputs = *outputs};
  return {};
}

// The digit service's clients send a picture's numbers in any shape.
void AllowReshape(Inputs& inputs) {
  for (predictor::Input& input : inputs.all()) {
    if (auto* numbers = std::get_if<predictor::Numbers>(&input)) numbers->reshape = true;
  }
}

}  // namespace

// One request; recycled, so that its buffers are reused.
class PredictHandler::Call final : public serving::Work {
 public:
  explicit Call(PredictHandler& handler)
      : memory(handler.memory_, ByteUse::kWork), handler_(handler) {}

  // On a compute thread: touches nothing of the handler's.
  Result<void> Read() override {
    BodyReader reader;
    return ReadBody(reader, *this);
  }
  const std::atomic<bool>* gone() const override { return exchange.responder->gone(); }
  void Deliver() override { handler_.Write(*this); }
  void Release(std::unique_ptr<serving::Work> self) override {
    if (large) return self.reset();
    memory.Clear();
    std::unique_ptr<Call> call(static_cast<Call*>(self.release()));  // it is this
    handler_.free_.push_back(std::move(call));
  }

  static Result<void> ReadBody(BodyReader& reader, Call& call);

  HeldBytes memory;  // before what it is taken for

  Exchange exchange;
  Format format = Format::kNative;
  bool list = false;
  bool field = false;  // its pictures make one value
  bool large = false;  // its buffers are not worth keeping
  EncodeOptions options;
  Kept kept;  // decoded base64

 private:
  PredictHandler& handler_;
};

PredictHandler::PredictHandler(Finisher& finisher, const Clock& clock,
                               std::chrono::milliseconds deadline, ByteBudget* memory)
    : finisher_(finisher), clock_(clock), deadline_(deadline), memory_(memory) {}

PredictHandler::~PredictHandler() = default;

std::unique_ptr<PredictHandler::Call> PredictHandler::Take() {
  if (free_.empty()) return std::make_unique<Call>(*this);
  std::unique_ptr<Call> call = std::move(free_.back());
  free_.pop_back();
  return call;
}

void PredictHandler::Handle(const http::Request& request, http::Responder responder,
                            std::string_view route, serving::Submitter& submitter, Format format) {
  std::unique_ptr<Call> call = Take();
  finisher_.Begin(call->exchange, request, std::move(responder), route);
  call->format = format;
  call->request.Clear();
  call->request.body_bytes = request.body.size();
  call->request.received = request.received;
  call->request.deadline = request.received + deadline_;
  call->request.key = request.Header("x-request-key").value_or("");
  Result<void> read;
  if (auto thrown = Attempt([&] { read = Read(request, *call); })) read = *std::move(thrown);
  if (!read) {
    call->reply.Clear();
    WriteError(*call, read.error());
    Call& self = *call;
    return self.Release(std::move(call));
  }
  submitter.Predict(std::move(call));
}

Result<void> PredictHandler::Read(const http::Request& request, Call& call) {
  if (auto query = ReadQuery(request.query, call.request, call.options, call.field); !query)
    return query;
  call.unread = call.large = TakesLong(request);
  return call.unread ? Result<void>() : Call::ReadBody(body_reader_, call);
}

Result<void> PredictHandler::Call::ReadBody(BodyReader& reader, Call& call) {
  const auto form = reader.Read(call.exchange.request, call.request.inputs, call.kept, call.memory);
  if (!form) return form.error();
  call.list = *form != BodyForm::kOne;
  if (call.format == Format::kDigit) AllowReshape(call.request.inputs);
  if (*form == BodyForm::kTensors) call.request.outputs = call.options.outputs = true;
  if (call.list && call.format == Format::kDigit) {
    return Error{Code::kInvalidArgument,
                 "one picture a request is expected here; POST /v1/predict takes several"};
  }
  return {};
}

void PredictHandler::Write(Call& call) {
  const serving::Reply& reply = call.reply;
  if (reply.version) call.exchange.predictor = &reply.version->predictor();
  if (reply.error) return WriteError(call, *reply.error);
  // Its tensors are one question, however many rows they have.
  if (!reply.version->predictor().takes_pictures()) call.list = false;
  Result<void> encoded;
  const auto encode = [&] { encoded = call.field ? EncodeAsField(call) : Encode(call); };
  if (auto thrown = Attempt(encode)) encoded = *std::move(thrown);
  if (!encoded) return WriteError(call, encoded.error());
  finisher_.Finish(call.exchange, 200, "application/json", body_);
}

void PredictHandler::WriteError(Call& call, const Error& error) {
  body_.clear();
  http::WriteProblem(error, body_);
  const bool busy = error.code == Code::kResourceExhausted || error.code == Code::kUnavailable ||
                    error.code == Code::kDeadlineExceeded;
  finisher_.Finish(call.exchange, http::StatusOf(error.code), http::kProblemType, body_,
                   busy ? "Retry-After: 1\r\n" : "");
}

Result<void> PredictHandler::EncodeAsField(Call& call) {
  const SteadyTime start = clock_.Now();
  const auto pictures = call.reply.answers.all();
  const predictor::Predictor& predictor = call.reply.version->predictor();
  const auto field = predictor::JudgeField(predictor, pictures);
  if (!field) return field.error();
  body_.clear();
  JsonWriter json(body_);
  EncodeField(predictor, pictures, *field, call.options, json);
  call.exchange.verdict = reliability::VerdictName(field->assessment.verdict);
  Encoded(call, start);
  return {};
}

void PredictHandler::Encoded(Call& call, SteadyTime since) {
  call.reply.timings[static_cast<std::size_t>(Phase::kEncode)] = clock_.Now() - since;
  call.exchange.pictures = call.reply.answers.size();
  call.exchange.phases = call.reply.timings;
}

Result<void> PredictHandler::Encode(Call& call) {
  const SteadyTime start = clock_.Now();
  serving::Reply& reply = call.reply;
  if (!call.list && reply.answers[0].error) return *reply.answers[0].error;
  const predictor::Predictor& predictor = reply.version->predictor();
  body_.clear();
  JsonWriter json(body_);
  if (call.list) json.BeginObject().Key("predictions").BeginArray();
  for (const predictor::Answer& answer : reply.answers.all()) {
    if (answer.error) {
      std::string problem;
      http::WriteProblem(*answer.error, problem);
      json.BeginObject().Key("error").Raw(problem).EndObject();
    } else if (!predictor.takes_pictures()) {
      EncodeTensors(predictor, answer, json);
    } else if (call.format == Format::kDigit) {
      EncodeDigit(predictor, answer, json);
    } else {
      EncodePrediction(predictor, answer, call.options, json);
    }
  }
  if (call.list) {
    json.EndArray().EndObject();
  } else {
    NoteAnswer(predictor, reply.answers[0].prediction, call.exchange);
  }
  Encoded(call, start);
  return {};
}

}  // namespace credence::api::native
