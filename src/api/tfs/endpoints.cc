#include "api/tfs/endpoints.h"

#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "api/query.h"
#include "api/tensor/json_reader.h"
#include "api/tensor/rest.h"
#include "api/tensor/select.h"
#include "api/tfs/describe.h"
#include "api/tfs/read.h"
#include "api/tfs/write.h"
#include "base/json_writer.h"

namespace credence::api::tfs {
namespace {

using serving::VersionPtr;
using tensor::Dialect;

enum class Method { kPredict, kClassify, kRegress };
enum class By { kDefault, kVersion, kLabel };  // what the path's second parameter is

struct Asked {
  Method method = Method::kPredict;
  PredictionForm form;

  void Clear() { *this = {}; }
};
using Handler = tensor::RestHandler<Asked>;
using Call = tensor::RestCall<Asked>;

Result<void> ReadSelector(By by, const http::Parameters& parameters, serving::Selector& selector) {
  selector.predictor = parameters[0];
  if (by == By::kVersion) {
    return tensor::ReadVersion(parameters[1], Dialect::kTensorFlow, selector);
  }
  if (by == By::kLabel) selector.label = parameters[1];
  return {};
}

// The signature that answers; `asked`: the request's, empty if it says nothing.
Result<model::SignatureDef> FindSignature(const predictor::Predictor& predictor,
                                          const std::string& asked) {
  const std::string& served = predictor.model_info().signature;
  const auto signatures = SignaturesOf(predictor);
  const auto named = [&signatures](std::string_view key) {
    return std::ranges::find(signatures, key, &model::SignatureDef::key);
  };
  const auto answers = named(served.empty() ? "serving_default" : served);
  if (answers == signatures.end()) return Error{Code::kInternal, "the signature is not known"};
  if (asked.empty() || asked == answers->key) return *answers;
  const std::string text = "Serving signature name: \"" + asked.substr(0, 200) + "\" ";
  if (named(asked) == signatures.end()) return Invalid(text + "not found in signature def");
  return Invalid(text + "is not served: \"" + answers->key +
                 "\" is, as credence serve --signature or the version's input.json says");
}

// Whether `signature` has what the method wants, as TensorFlow Serving looks at it: by its names.
Result<void> CheckMethod(Method method, const model::SignatureDef& signature) {
  const auto has = [](const std::vector<model::TensorInfo>& infos, std::string_view key) {
    return std::ranges::find(infos, key, &model::TensorInfo::key) != infos.end();
  };
  if (method == Method::kPredict) return {};
  const bool classify = method == Method::kClassify;
  const std::string_view what = classify ? "classification" : "regression";
  const bool inputs = signature.inputs.size() == 1 && has(signature.inputs, "inputs");
  const bool outputs = classify
                           ? has(signature.outputs, "scores") || has(signature.outputs, "classes")
                           : has(signature.outputs, "outputs");
  if (inputs && outputs) return {};
  return Invalid("No " + std::string(what) + (inputs ? " outputs" : " inputs") +
                 " found in SignatureDef: " + SignatureText(signature));
}

// A body that is no JSON is refused as that, before the name of a model that is not there.
Error NotFound(std::string_view body, const Error& error) {
  tensor::JsonReader json(body);
  return json.Skip() ? error : json.ParseError();
}

struct Reader {
  ThreadContext& context;
  Method method;
  By by;

  Result<void> operator()(const api::Call& asked, std::span<const std::uint8_t> bytes,
                          serving::Request& request, Call& call) const {
    const std::string_view body(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    if (auto read = ReadSelector(by, asked.parameters, request.selector); !read) return read;
    const auto reliability = ReadFlag(asked.request.query, "reliability");
    if (!reliability) return reliability.error();
    call.asked.method = method;
    call.asked.form.reliability = *reliability;
    return method == Method::kPredict ? Predict(body, request, call)
                                      : Examples(body, request, call);
  }

 private:
  // The version that is asked, if it has the signature and that the method.
  Result<VersionPtr> Find(std::string_view body, const std::string& signature,
                          const serving::Selector& selector) const {
    auto version = tensor::FindVersion(context.submitter.catalog(), selector, Dialect::kTensorFlow);
    if (!version) return NotFound(body, version.error());
    const auto found = FindSignature((*version)->predictor(), signature);
    if (!found) return found.error();
    if (auto fits = CheckMethod(method, *found); !fits) return fits.error();
    return version;
  }

  Result<void> Predict(std::string_view body, serving::Request& request, Call& call) const {
    auto read = ReadPredictBody(body);
    if (!read) return read.error();
    const auto version = Find(body, read->signature, request.selector);
    if (!version) return version.error();
    const predictor::Predictor& predictor = (*version)->predictor();
    call.asked.form.row = read->row;
    call.asked.form.filter = std::move(read->output_filter);
    if (auto values = ReadValues(*read, predictor, call.sent, call.kept); !values) return values;
    return Make(predictor, request, call);
  }

  Result<void> Examples(std::string_view body, serving::Request& request, Call& call) const {
    const auto read = ReadExamplesBody(body, method == Method::kClassify ? "classify" : "regress");
    if (!read) return read.error();
    const auto version = Find(body, read->signature, request.selector);
    if (!version) return version.error();
    const predictor::Predictor& predictor = (*version)->predictor();
    if (auto rows = ReadExamples(*read, predictor, call.sent, call.kept); !rows) return rows;
    return Make(predictor, request, call);
  }

  static Result<void> Make(const predictor::Predictor& predictor, serving::Request& request,
                           Call& call) {
    const auto fit = tensor::MakeInputs(call.sent, predictor, request.inputs);
    if (!fit) return fit.error();
    call.fit = *fit;
    return {};
  }
};

Result<http::Response> Write(const serving::Reply& reply, Call& call, std::string& headers,
                             std::string& body) {
  Result<void> written;
  switch (call.asked.method) {
    case Method::kPredict:
      written = WritePredictions(reply, call.outputs, call.asked.form, body);
      break;
    case Method::kClassify:
      written = WriteClasses(call.outputs, body);
      break;
    case Method::kRegress:
      written = WriteValues(call.outputs, body);
      break;
  }
  if (!written) return written.error();
  tensor::AppendVerdictHeaders(reply, headers);
  return http::Response{};
}

Result<http::Response> Status(ThreadContext& context, By by, const http::Parameters& parameters,
                              std::string& body) {
  serving::Selector selector;
  if (auto read = ReadSelector(by, parameters, selector); !read) return read.error();
  const serving::Catalog& catalog = context.submitter.catalog();
  const serving::ServedPredictor* predictor = catalog.FindPredictor(selector.predictor);
  if (predictor == nullptr) {
    return Error{Code::kNotFound,
                 "Could not find any versions of model " + selector.predictor.substr(0, 200)};
  }
  std::int64_t only = selector.version.value_or(0);
  if (by == By::kLabel) {
    const auto label = predictor->labels.find(selector.label);
    if (label == predictor->labels.end()) {
      return Invalid("Unrecognized servable version label: " + selector.label.substr(0, 200));
    }
    only = label->second;
  }
  const auto known = std::ranges::find(predictor->versions, only, &serving::ServedVersion::number);
  if (selector.version && known == predictor->versions.end()) {
    return Error{Code::kNotFound, "Could not find version " + std::to_string(only) + " of model " +
                                      selector.predictor};
  }
  WriteStatus(*predictor, only, body);
  return http::Response{.body = body};
}

Result<http::Response> Metadata(ThreadContext& context, By by, const http::Parameters& parameters,
                                std::string& body) {
  serving::Selector selector;
  if (auto read = ReadSelector(by, parameters, selector); !read) return read.error();
  const auto version =
      tensor::FindVersion(context.submitter.catalog(), selector, Dialect::kTensorFlow);
  if (!version) return version.error();
  WriteMetadata((*version)->predictor(), body);
  return http::Response{.body = body};
}

// As KServe's first protocol does.
Result<http::Response> List(ThreadContext& context, std::string& body) {
  JsonWriter json(body);
  json.BeginObject().Key("models").BeginArray();
  for (const auto& predictor : context.submitter.catalog().predictors()) {
    json.String(predictor.name);
  }
  json.EndArray().EndObject();
  return http::Response{.body = body};
}

using Tell = Result<http::Response> (*)(ThreadContext&, By, const http::Parameters&, std::string&);

std::function<void(api::Call&&)> Ask(ThreadContext& context, Tell tell, By by) {
  return AtOnce(context, [&context, tell, by](const Question& question, std::string& body) {
    return tell(context, by, question.parameters, body);
  });
}

}  // namespace

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  const auto admit = [&context](const http::Request& head) {
    return context.submitter.Overloaded(head.content_length.value_or(0));
  };
  const auto predict = [&context](Method method, By by) {
    const auto handler = std::make_shared<Handler>(
        context, Handler::Protocol{.read = Reader{context, method, by}, .write = Write});
    return [handler](api::Call&& call) { handler->Handle(std::move(call)); };
  };
  const auto list = [&context](const Question&, std::string& body) { return List(context, body); };
  const std::vector<std::string_view> told = {"reliability"};
  using enum http::Role;
  using enum Method;
  using enum By;
  return {
      {"GET", "/v1/models", kPublic, AtOnce(context, list)},
      {"GET", "/v1/models/{name}", kPublic, Ask(context, Status, kDefault)},
      {"GET", "/v1/models/{name}/versions/{version}", kPublic, Ask(context, Status, kVersion)},
      {"GET", "/v1/models/{name}/labels/{label}", kPublic, Ask(context, Status, kLabel)},
      {"GET", "/v1/models/{name}/metadata", kPublic, Ask(context, Metadata, kDefault)},
      {"GET", "/v1/models/{name}/versions/{version}/metadata", kPublic,
       Ask(context, Metadata, kVersion)},
      {"GET", "/v1/models/{name}/labels/{label}/metadata", kPublic, Ask(context, Metadata, kLabel)},
      {"POST", "/v1/models/{name}:predict", kPublic, predict(kPredict, kDefault), admit, told},
      {"POST", "/v1/models/{name}/versions/{version}:predict", kPublic, predict(kPredict, kVersion),
       admit, told},
      {"POST", "/v1/models/{name}/labels/{label}:predict", kPublic, predict(kPredict, kLabel),
       admit, told},
      {"POST", "/v1/models/{name}:classify", kPublic, predict(kClassify, kDefault), admit},
      {"POST", "/v1/models/{name}/versions/{version}:classify", kPublic,
       predict(kClassify, kVersion), admit},
      {"POST", "/v1/models/{name}/labels/{label}:classify", kPublic, predict(kClassify, kLabel),
       admit},
      {"POST", "/v1/models/{name}:regress", kPublic, predict(kRegress, kDefault), admit},
      {"POST", "/v1/models/{name}/versions/{version}:regress", kPublic, predict(kRegress, kVersion),
       admit},
      {"POST", "/v1/models/{name}/labels/{label}:regress", kPublic, predict(kRegress, kLabel),
       admit},
  };
}

}  // namespace credence::api::tfs
