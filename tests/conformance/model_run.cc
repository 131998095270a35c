// Runs a model on raw tensors, for tests/conformance/run.py.
//
// usage: model_run MODEL INPUT.raw N OUTPUT.raw
//   INPUT.raw   N examples as the model's InputSpec wants them
//   OUTPUT.raw  float32: scores [N, classes], logits [N, classes], features [N, feature_size]
// Prints what was found in the model as one JSON object.
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/json_writer.h"
#include "model/openvino/engine.h"

namespace credence::model {
namespace {

struct Collected {
  std::vector<float> scores, logits, features;
};

std::string_view Name(LogitSource source) {
  switch (source) {
    case LogitSource::kTap:
      return "tap";
    case LogitSource::kOutput:
      return "output";
    case LogitSource::kSigmoid:
      return "sigmoid";
    case LogitSource::kProbabilities:
      return "probabilities";
    case LogitSource::kLogOdds:
      return "log_odds";
  }
  return "";
}

void Print(const ModelInfo& info) {
  std::string text;
  JsonWriter json(text);
  json.BeginObject().Key("input").String(info.view->input.name);
  json.Key("output").String(info.view->output_name).Key("classes").Number(info.view->classes);
  json.Key("feature_size")
      .Number(info.view->feature_size)
      .Key("feature")
      .String(info.view->feature_name);
  json.Key("logits").String(Name(info.view->logit_source)).Key("random").Bool(info.random_op);
  json.Key("parameters").Number(info.parameters).Key("engine").String(info.engine).EndObject();
  std::puts(text.c_str());
}

Result<Collected> RunAll(const Model& model, const std::vector<char>& input, int n) {
  Result<std::unique_ptr<Session>> session = model.NewSession(0);
  if (!session.ok()) return session.error();
  Collected all;
  const auto append = [](std::vector<float>& to, std::span<const float> from) {
    to.insert(to.end(), from.begin(), from.end());
  };
  std::size_t read = 0;
  for (int done = 0; done < n;) {
    const int batch = std::min(n - done, model.batch_max());
    const std::span<std::byte> to = (*session)->Input(batch);
    if (read + to.size() > input.size()) {
      return Error{Code::kInvalidArgument, "the input ends before its last example"};
    }
    std::copy_n(input.data() + read, to.size(), static_cast<char*>(static_cast<void*>(to.data())));
    const Result<Outputs> outputs = (*session)->Run(batch);
    if (!outputs.ok()) return outputs.error();
    append(all.scores, outputs->scores);
    append(all.logits, outputs->logits);
    append(all.features, outputs->features);
    read += to.size();
    done += batch;
  }
  return all;
}

int Main(const char* path, const char* input, const char* count, const char* output) {
  const auto engine = MakeOpenVinoEngine();
  const auto model = engine->Load(path, {});
  if (!model.ok()) {
    std::fprintf(stderr, "%s\n", model.error().message.c_str());
    return 1;
  }
  if (!(*model)->info().view) {
    std::fprintf(stderr, "%s\n", (*model)->info().no_view.c_str());
    return 1;
  }
  Print((*model)->info());
  std::ifstream in(input, std::ios::binary);
  const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
  const Result<Collected> all = RunAll(**model, bytes, std::atoi(count));
  if (!all.ok()) {
    std::fprintf(stderr, "%s\n", all.error().message.c_str());
    return 1;
  }
  std::ofstream out(output, std::ios::binary);
  for (const auto* part : {&all->scores, &all->logits, &all->features}) {
    out.write(static_cast<const char*>(static_cast<const void*>(part->data())),
              static_cast<std::streamsize>(part->size() * sizeof(float)));
  }
  return out.flush() ? 0 : 1;
}

}  // namespace
}  // namespace credence::model

int main(int argc, char** argv) {
  if (argc != 5) {
    std::fputs("usage: model_run MODEL INPUT.raw N OUTPUT.raw\n", stderr);
    return 2;
  }
  return credence::model::Main(argv[1], argv[2], argv[3], argv[4]);
}
