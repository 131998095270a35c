#include "api/native/predict.h"

#include "api/query.h"
#include "http/problem.h"

namespace credence::api::native {
namespace {

using metrics::Phase;

struct Query {
  std::string predictor;
  std::optional<int> version;
  EncodeOptions answer;
};

Result<Query> ReadQuery(std::string_view text) {
  Query query;
  if (text.empty()) return query;
  query.predictor = http::QueryValue(text, "predictor").value_or("");
  const auto version = ReadVersion(text);
  if (!version) return version.error();
  query.version = *version;
  const auto view = ReadFlag(text, "view");
  if (!view) return view.error();
  const auto explain = ReadFlag(text, "explain");
  if (!explain) return explain.error();
  query.answer = {.view = *view, .explain = *explain};
  return query;
}

void CountVerdict(const predictor::Predictor& predictor, const predictor::Picture& picture) {
  const auto verdict = static_cast<std::size_t>(picture.prediction.verdict);
  if (auto* counter = predictor.metrics().verdicts[verdict]) metrics::Increment(*counter);
}

}  // namespace

// One request; recycled, so that its pictures' buffers are reused.
class PredictHandler::Call final : public serving::Job {
 public:
  explicit Call(PredictHandler& handler) : handler_(handler) {}

  void Complete() override { handler_.Complete(*this); }
  void PostComplete() override {
    exchange.responder->thread().Post([this] { Complete(); });
  }

  Exchange exchange;
  Answer answer = Answer::kNative;
  bool list = false;
  EncodeOptions options;
  std::vector<std::vector<std::uint8_t>> kept;  // decoded base64

 private:
  PredictHandler& handler_;
};

PredictHandler::PredictHandler(serving::Executor& executor, Finisher& finisher,
                               metrics::Metrics& metrics, const Clock& clock,
                               std::chrono::milliseconds deadline)
    : executor_(executor),
      finisher_(finisher),
      metrics_(metrics),
      clock_(clock),
      deadline_(deadline) {}

PredictHandler::~PredictHandler() = default;

PredictHandler::Call& PredictHandler::Take() {
  if (free_.empty()) {
    calls_.push_back(std::make_unique<Call>(*this));
    return *calls_.back();
  }
  Call& call = *free_.back();
  free_.pop_back();
  return call;
}

void PredictHandler::Handle(const http::Request& request, http::Responder responder,
                            std::string_view route, const serving::Catalog& catalog,
                            Answer answer) {
  Call& call = Take();
  finisher_.Begin(call.exchange, request, std::move(responder), route);
  call.answer = answer;
  call.count = 0;
  call.submitted = request.received;
  call.deadline = request.received + deadline_;

  const auto query = ReadQuery(request.query);
  if (!query) return Fail(call, query.error());
  call.options = query->answer;
  auto predictor = catalog.Find(query->predictor, query->version);
  if (!predictor) return Fail(call, predictor.error());
  call.predictor = *std::move(predictor);
  call.exchange.predictor = call.predictor.get();
  const auto list = body_reader_.Read(request, call, call.kept);
  if (!list) return Fail(call, list.error());
  call.list = *list;
  for (predictor::Picture& picture : call.pictures()) picture.explain = call.options.explain;
  if (call.list && answer == Answer::kDigit) {
    return Fail(call, {Code::kInvalidArgument,
                       "one picture a request is expected here; POST /v1/predict takes several"});
  }
  if (const auto refused = executor_.Submit(call)) {
    metrics::Increment(metrics_.Rejected("overload"));
    Fail(call, *refused);
  }
}

void PredictHandler::Complete(Call& call) {
  if (!call.list && call.pictures()[0].error) return Fail(call, *call.pictures()[0].error);
  Encode(call);
  finisher_.Finish(call.exchange, 200, "application/json", body_);
  call.predictor.reset();
  free_.push_back(&call);
}

void PredictHandler::Fail(Call& call, const Error& error) {
  body_.clear();
  http::WriteProblem(error, body_);
  const bool busy = error.code == Code::kResourceExhausted || error.code == Code::kUnavailable ||
                    error.code == Code::kDeadlineExceeded;
  finisher_.Finish(call.exchange, http::StatusOf(error.code), http::kProblemType, body_,
                   busy ? "Retry-After: 1\r\n" : "");
  call.predictor.reset();
  free_.push_back(&call);
}

void PredictHandler::Encode(Call& call) {
  const SteadyTime start = clock_.Now();
  const predictor::Predictor& predictor = *call.predictor;
  body_.clear();
  JsonWriter json(body_);
  if (call.list) json.BeginObject().Key("predictions").BeginArray();
  for (const predictor::Picture& picture : call.pictures()) {
    if (picture.error) {
      std::string problem;
      http::WriteProblem(*picture.error, problem);
      json.BeginObject().Key("error").Raw(problem).EndObject();
      continue;
    }
    CountVerdict(predictor, picture);
    if (call.answer == Answer::kDigit) {
      EncodeDigit(predictor, picture, json);
    } else {
      EncodePrediction(predictor, picture, call.options, json);
    }
    for (std::size_t i = 0; i < metrics::kPhases; ++i) call.exchange.phases[i] += picture.phases[i];
  }
  if (call.list) json.EndArray().EndObject();
  call.exchange.pictures = call.count;
  if (!call.list) {
    call.exchange.verdict = reliability::VerdictName(call.pictures()[0].prediction.verdict);
  }
  call.exchange.phases[static_cast<std::size_t>(Phase::kEncode)] = clock_.Now() - start;
  for (std::size_t i = 0; i < metrics::kPhases; ++i) {
    if (auto* histogram = predictor.metrics().phases[i])
      metrics::Observe(*histogram, call.exchange.phases[i]);
  }
}

}  // namespace credence::api::native
