#include "model/openvino/engine.h"

#include <tbb/task_arena.h>

#include <algorithm>
#include <exception>
#include <string_view>
#include <system_error>
#include <utility>

#include <openvino/core/preprocess/pre_post_process.hpp>
#include <openvino/core/version.hpp>
#include <openvino/frontend/manager.hpp>
#include <openvino/runtime/core.hpp>

#include "base/read_file.h"
#include "model/cut_signature.h"
#include "model/model_files.h"
#include "model/openvino/ask.h"
#include "model/openvino/compile.h"
#include "model/openvino/engine_error.h"
#include "model/openvino/find_picture.h"
#include "model/openvino/graph.h"
#include "model/openvino/openvino_model.h"
#include "model/openvino/tensor_model.h"
#include "model/saved_model_dir.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;

Error EngineError(const fs::path& path, std::string_view what) {
  if (WantsMemory(what)) return Annotate(OutOfMemory(), path.string());
  constexpr std::string_view kMissing = "No conversion rule found for operations: ";
  const std::size_t missing = what.find(kMissing);
  if (missing != std::string_view::npos) {
    std::string_view ops = what.substr(missing + kMissing.size());
    ops = ops.substr(0, ops.find('\n'));
    return {Code::kUnimplemented, path.string() + ": the model uses operations that " +
                                      OpenVinoName() + " does not have: " + std::string(ops) +
                                      "; export it without them (they often belong to steps "
                                      "before or after the network)"};
  }
  return {Code::kDataLoss, path.string() +
                               ": the engine cannot read the model, it is damaged or "
                               "holds what " +
                               OpenVinoName() + " does not know: " + LastLine(what)};
}

// Core::read_model would offer the path to each front end in turn: they print, and IR's tries to
// read a folder as a file of 2^63 bytes.
std::shared_ptr<ov::Model> ReadGraph(const fs::path& path, const std::string& front_end_name) {
  ov::frontend::FrontEndManager manager;
  const ov::frontend::FrontEnd::Ptr front_end = manager.load_by_framework(front_end_name);
  // Without memory mapping, which is the last argument: weights that the model still refers to when
  // it is compiled would end the process when their file is overwritten or cut in place.
  constexpr bool kMapFiles = false;
  return front_end->convert(front_end->load(path.string(), kMapFiles));
}

// Float or uint8 in, whatever the model's own element type.
std::shared_ptr<ov::Model> WithPlainInput(const std::shared_ptr<ov::Model>& model,
                                          image::ElementType element) {
  ov::preprocess::PrePostProcessor plain(model);
  plain.input().tensor().set_element_type(
      element == image::ElementType::kFloat32 ? ov::element::f32 : ov::element::u8);
  return plain.build();
}

// The model with the outputs of CompiledOutputs; scores and taps as float32.
std::shared_ptr<ov::Model> WithTaps(const ov::Model& model, const Head& head) {
  ov::OutputVector outputs = {head.scores};
  if (head.logits != head.scores) outputs.push_back(head.logits);
  if (head.features) outputs.push_back(*head.features);
  const std::size_t floats = outputs.size();
  for (std::size_t i = 0; i < model.get_results().size(); ++i) {
    if (i != head.scores_at) outputs.push_back(model.get_results()[i]->input_value(0));
  }
  const auto tapped = std::make_shared<ov::Model>(outputs, model.get_parameters());
  ov::preprocess::PrePostProcessor plain(tapped);
  for (std::size_t i = 0; i < floats; ++i) {
    plain.output(i).tensor().set_element_type(ov::element::f32);
  }
  return plain.build();
}

// Names, types and shapes of what the model takes and gives, in the graph's order.
// Errors: kUnimplemented - an element type that no tensor of ours has, such as text.
Result<void> DescribePorts(const ov::Model& graph, ModelInfo& info) {
  const auto add = [](const auto& ports, std::vector<TensorSpec>& specs) -> Result<void> {
    for (const auto& port : ports) {
      TensorSpec spec;
      spec.name =
          port.get_names().empty() ? port.get_node()->get_friendly_name() : port.get_any_name();
      const auto type = FromEngine(port.get_element_type());
      if (!type) {
        return Error{Code::kUnimplemented, "\"" + spec.name + "\" has elements of type " +
                                               port.get_element_type().get_type_name() +
                                               ", which is not supported; numbers are"};
      }
      spec.type = *type;
      const ov::PartialShape shape = port.get_partial_shape();
      spec.any_rank = shape.rank().is_dynamic();
      if (!spec.any_rank) {
        for (const ov::Dimension& side : shape) {
          spec.shape.push_back(side.is_dynamic() ? -1 : side.get_length());
        }
      }
      specs.push_back(std::move(spec));
    }
    return {};
  };
  if (auto added = add(graph.inputs(), info.inputs); !added.ok()) return added;
  return add(graph.outputs(), info.outputs);
}

// The engine's name for an input that is no picture of the asked kind is that of a damaged model.
Result<void> FixOpenSides(ov::Model& graph, const std::optional<InputSize>& size) {
  if (!size) return {};
  try {
    FixSides(graph, *size);
  } catch (const std::exception& e) {
    if (WantsMemory(e.what())) return OutOfMemory();
    return Error{Code::kInvalidArgument,
                 "the model cannot take the size that --input-size says: " + LastLine(e.what())};
  }
  return {};
}

std::string AndHowToExport(const fs::path& path) {
  const std::string how = HowToExport(path);
  return how.empty() ? "" : "; " + how;
}

// What the engine is to read.
struct Source {
  fs::path path;
  const char* front_end;
  std::string signature;
  std::vector<SignatureDef> signatures = {};  // all that there are
  std::unique_ptr<CutCopy> copy = nullptr;    // holds `path`, or null
};

// The engine would take the inputs of all signatures together: it gets a copy that has but one.
Result<Source> SavedModelSource(const fs::path& path, const std::string& asked) {
  const Result<SavedModelInfo> read = ReadSavedModelDir(path);
  if (!read.ok()) return read.error();
  Result<std::string> signature = ChooseSignature(*read, asked);
  if (!signature.ok()) return Annotate(signature.error(), path.string());
  std::vector<SignatureDef> all = read->signatures;
  if (read->init_op) all.push_back(*read->init_op);
  if (read->signatures.size() == 1) {
    return Source{path, "tf", *std::move(signature), std::move(all)};
  }
  Result<std::unique_ptr<CutCopy>> copy = CutCopy::Make(path, *signature);
  if (!copy.ok()) return Annotate(copy.error(), path.string());
  fs::path cut = (*copy)->path();
  return Source{std::move(cut), "tf", *std::move(signature), std::move(all), *std::move(copy)};
}

// `signature`: that is asked for; empty: none is.
Result<Source> SourceOf(const fs::path& path, const std::string& signature) {
  std::error_code ignored;
  if (!fs::exists(path, ignored)) {
    return Error{Code::kNotFound, path.string() + ": there is no such file or folder"};
  }
  if (fs::is_directory(path, ignored)) return SavedModelSource(path, signature);
  if (path.extension() != ".onnx" && path.extension() != ".xml") {
    return Error{Code::kInvalidArgument,
                 path.string() +
                     " is not a model; a SavedModel folder, an .onnx file or an "
                     "OpenVINO .xml file is" +
                     AndHowToExport(path)};
  }
  if (auto regular = CheckRegularFile(path); !regular) return regular.error();
  if (!signature.empty()) {
    return Error{Code::kInvalidArgument,
                 path.string() + " has no signatures to choose from; only a SavedModel has"};
  }
  return Source{path, path.extension() == ".onnx" ? "onnx" : "ir", ""};
}

class OpenVinoEngine final : public Engine {
 public:
  Result<std::unique_ptr<Model>> Load(const fs::path& path,
                                      const LoadOptions& options) const override {
    const Result<Source> source = SourceOf(path, options.signature);
    if (!source.ok()) return source.error();
    try {
      Result<std::unique_ptr<Model>> model =
          Prepare(ReadGraph(source->path, source->front_end), *source, options);
      if (!model.ok()) return Annotate(model.error(), path.string());
      return model;
    } catch (const std::exception& e) {
      return EngineError(path, e.what());
    }
  }

 private:
  Result<std::unique_ptr<Model>> Prepare(std::shared_ptr<ov::Model> graph, const Source& source,
                                         const LoadOptions& options) const {
    ModelInfo info;
    info.signature = source.signature;
    info.signatures = source.signatures;
    info.engine = OpenVinoName();
    info.random_op = HasRandomOp(*graph);
    info.parameters = CountParameters(*graph);
    if (auto fixed = FixOpenSides(*graph, options.input_size); !fixed.ok()) return fixed.error();
    auto described = DescribePorts(*graph, info);
    if (!described.ok()) return described.error();
    Result<Picture> picture = FindPicture(*graph, options.input_size);
    if (picture.ok()) {
      auto classifier = PrepareClassifier(graph->clone(), *picture, info, options);
      if (classifier.ok()) return classifier;
      if (classifier.error().code != Code::kInvalidArgument) return classifier;
      picture = classifier.error();
    }
    // What was said about the picture is not passed over.
    if (options.input_size || options.scores) return picture.error();
    info.no_view = picture.error().message;
    auto compiled = core_.compile_model(graph, "CPU", CompileOptions(options, options.slots));
    return std::unique_ptr<Model>(
        std::make_unique<OpenVinoTensorModel>(std::move(info), std::move(compiled)));
  }

  // Errors: kInvalidArgument - it is no classifier after all.
  Result<std::unique_ptr<Model>> PrepareClassifier(std::shared_ptr<ov::Model> graph,
                                                   const Picture& picture, ModelInfo info,
                                                   const LoadOptions& options) const {
    graph = WithPlainInput(graph, picture.spec.element);
    const int first_batch = std::max(1, picture.fixed_batch);
    SetBatch(*graph, first_batch);
    const Result<Head> head = FindHead(*graph, first_batch, options.scores);
    if (!head.ok()) return head.error();
    info.view = PictureView{.input = picture.spec,
                            .output_name = info.outputs[head->scores_at].name,
                            .classes = head->classes,
                            .feature_size = head->feature_size,
                            .feature_name = head->feature_name,
                            .logit_source = head->logit_source,
                            .assumed = picture.assumed};
    info.view->input.name = info.inputs[0].name;
    info.outputs[head->scores_at].type = DataType::kFloat32;
    CompiledOutputs outputs = {
        .scores_an_example = head->logit_source == LogitSource::kSigmoid ? 1 : head->classes,
        .logits = head->logits != head->scores,
        .features = head->features.has_value(),
        .scores_at = head->scores_at};
    for (std::size_t i = 0; i < info.outputs.size(); ++i) {
      if (i != head->scores_at) outputs.others_at.push_back(i);
    }
    const std::shared_ptr<ov::Model> tapped = WithTaps(*graph, *head);
    // Each picture of a model that answers at random is run several times, in one batch.
    const int batch_min = info.random_op ? options.batch_min_random : 1;
    const std::vector<int> sizes =
        BatchSizes(*graph, picture.fixed_batch, batch_min, options.batch_max);
    std::vector<CompiledSizes> sets = CompileSizes(core_, tapped, sizes, batch_min, options);
    if (auto known = SetScoreKind(*head, options, outputs, sets, info); !known.ok()) {
      return known.error();
    }
    return Finish(std::move(info), outputs, std::move(sets));
  }

  // What the scores are, and what follows from it.
  static Result<void> SetScoreKind(const Head& head, const LoadOptions& options,
                                   const CompiledOutputs& outputs,
                                   const std::vector<CompiledSizes>& sets, ModelInfo& info) {
    PictureView& view = *info.view;
    if (head.score_kind) {
      view.score_kind = *head.score_kind;
    } else {
      const Result<ScoreKind> asked = AskScoreKind(OpenVinoModel(info, outputs, sets));
      if (!asked.ok()) return asked.error();
      view.score_kind = *asked;
    }
    if (view.logit_source == LogitSource::kOutput) {
      if (view.score_kind == ScoreKind::kProbabilities) {
        view.logit_source = LogitSource::kProbabilities;
      } else if (view.score_kind == ScoreKind::kSigmoids) {
        view.logit_source = LogitSource::kLogOdds;
      }
    }
    if (view.score_kind == ScoreKind::kSigmoids && !options.scores) {
      view.assumed.push_back("of the " + std::to_string(view.classes) +
                             " classes, whose scores are independent, exactly one applies "
                             "(--scores sigmoids)");
    }
    return {};
  }

  static Result<std::unique_ptr<Model>> Finish(ModelInfo info, const CompiledOutputs& outputs,
                                               std::vector<CompiledSizes> sets) {
    auto model = std::make_unique<OpenVinoModel>(info, outputs, sets);
    const CompiledSizes& sizes = sets.front();
    if (info.random_op || sizes.front().batch != 1 || sizes.size() == 1) {
      return std::unique_ptr<Model>(std::move(model));
    }
    const Result<bool> matters = AskBatchMatters(*model);
    if (!matters.ok()) return matters.error();
    if (!*matters) return std::unique_ptr<Model>(std::move(model));
    info.batch_matters = true;
    for (CompiledSizes& set : sets) set.resize(1);
    return std::unique_ptr<Model>(
        std::make_unique<OpenVinoModel>(std::move(info), outputs, std::move(sets)));
  }

  mutable ov::Core core_;  // thread-safe; its reading methods are not const
};

}  // namespace

void StartScheduler() {
  tbb::this_task_arena::isolate([] {});  // the least that needs it
}

std::unique_ptr<Engine> MakeOpenVinoEngine() { return std::make_unique<OpenVinoEngine>(); }

Result<void> TryToRead(const fs::path& path, const std::string& signature) {
  const Result<Source> source = SourceOf(path, signature);
  if (!source.ok()) return source.error();
  try {
    const auto graph = ReadGraph(source->path, source->front_end);
    ModelInfo info;
    if (auto described = DescribePorts(*graph, info); !described.ok()) return described;
    if (const auto picture = FindPicture(*graph, std::nullopt); !picture) return picture.error();
    return {};
  } catch (const std::exception& e) {
    return EngineError(path, e.what());
  }
}

// "2026.4.1-22130-…" -> "OpenVINO 2026.4.1"
std::string OpenVinoName() {
  const std::string_view build = ov::get_openvino_version().buildNumber;
  return "OpenVINO " + std::string(build.substr(0, build.find('-')));
}

}  // namespace credence::model
