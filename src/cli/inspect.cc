#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "api/native/encode.h"
#include "base/json_writer.h"
#include "cli/engine.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "model/saved_model_dir.h"
#include "reliability/logits.h"

namespace credence::cli {
namespace {

struct InspectFlags {
  std::string directory;
  bool json = false;
  ModelFlags input;
};

std::string ShapeText(const model::TensorInfo& tensor) {
  if (tensor.unknown_rank) return "[?]";
  std::string text = "[";
  for (const std::int64_t n : tensor.shape) {
    text.append(text.size() > 1 ? ", " : "").append(std::to_string(n));
  }
  return text + "]";
}

void PrintTensors(const char* what, const std::vector<model::TensorInfo>& tensors) {
  for (const model::TensorInfo& tensor : tensors) {
    std::printf("    %-7s %-20s %-9s %-18s %s\n", what, tensor.key.c_str(),
                model::DataTypeName(tensor.dtype).c_str(), ShapeText(tensor).c_str(),
                tensor.name.c_str());
  }
}

// What saved_model.pb says of itself; nothing for other kinds of model.
void PrintSignatures(const std::filesystem::path& directory) {
  const auto info = model::ReadSavedModelDir(directory);
  if (!info) {
    if (info.error().code == Code::kNotFound) return;
    std::printf("  SavedModel, of which the signatures are not known: %s\n",
                info.error().message.c_str());
    return;
  }
  std::printf("  SavedModel%s%s, %zu kinds of operation\n",
              info->tensorflow_version.empty() ? "" : " of TensorFlow ",
              info->tensorflow_version.c_str(), info->ops.size());
  for (const model::SignatureDef& signature : info->signatures) {
    std::printf("  signature %s (%s)\n", signature.key.c_str(), signature.method_name.c_str());
    PrintTensors("input", signature.inputs);
    PrintTensors("output", signature.outputs);
  }
}

const char* LogitText(model::LogitSource source) {
  switch (source) {
    case model::LogitSource::kTap:
      return "the tensor before the softmax";
    case model::LogitSource::kOutput:
      return "the output itself";
    case model::LogitSource::kSigmoid:
      return "the tensor before the sigmoid, against 0";
    case model::LogitSource::kProbabilities:
      return "logarithms of the output's probabilities";
    case model::LogitSource::kLogOdds:
      return "log-odds of the output's probabilities";
  }
  return "";
}

// What was certified, a line a risk. probability: what thresholds are of.
void PrintRule(const reliability::VerdictRule& rule, const char* probability, const char* rows) {
  for (std::size_t i = 0; i < rule.rungs.size(); ++i) {
    if (!rule.rungs[i].theta) continue;
    std::printf("            from %s %.4f on at most %g %% are wrong: %.1f %% of ordinary %s%s\n",
                probability, reliability::Sigmoid(*rule.rungs[i].theta), 100 * rule.rungs[i].risk,
                100 * rule.rungs[i].share, rows, rule.rung == i ? " (\"reliable\")" : "");
  }
}

void PrintProfile(const reliability::Profile* profile) {
  if (profile == nullptr) {
    std::printf("  profile   none: answers are \"unassessed\"; `credence calibrate` makes one\n");
    return;
  }
  const auto& provenance = profile->provenance;
  std::printf("  profile   of %s by %s: learned on %zu pictures, certified on %zu others\n",
              provenance.created.c_str(), provenance.creator.c_str(), provenance.rows_a,
              provenance.rows_b);
  if (!provenance.group_source.empty()) {
    std::printf("            of %zu and %zu groups (by %s): one picture of each certifies\n",
                provenance.groups_a, provenance.groups_b, provenance.group_source.c_str());
  }
  std::printf("            temperature %.3f, values %s%s\n", profile->temperature,
              profile->scaling.name.c_str(), profile->scaling.inverted ? " inverted" : "");
  const reliability::VerdictRule& rule = profile->rule;
  PrintRule(rule, "P(correct)", "pictures");
  if (!rule.rung) {
    std::printf("            no threshold could be certified: nothing is called \"reliable\"\n");
  }
  for (const reliability::FieldCertificate& field : profile->fields) {
    std::printf("            fields of %zu pictures, certified on %zu, %s%s\n", field.length,
                field.u_sorted.size(),
                field.given ? "which were groups" : "made of independent pictures",
                field.rule.rung ? "" : ": nothing is called \"reliable\"");
    PrintRule(field.rule, "P(all right)", "fields");
  }
}

// What calibration left beside the profile.
void PrintKept(const predictor::Predictor& predictor) {
  if (const predictor::SimilarIndex* similar = predictor.similar()) {
    std::printf("  similar   %zu calibration pictures for explanations, compared by %s\n",
                similar->pictures().size(),
                similar->by_features() ? "what the model sees" : "their pixels");
  } else {
    std::printf("  similar   none: explanations show no calibration pictures\n");
  }
  if (predictor.golden_inputs() > 0) {
    std::printf("  golden    %zu inputs answered as recorded when it was calibrated\n",
                predictor.golden_inputs());
  } else {
    std::printf("  golden    none: answers are not held against recorded ones\n");
  }
}

void PrintTensors(const char* title, const std::vector<model::TensorSpec>& specs) {
  for (const model::TensorSpec& spec : specs) {
    std::printf("  %-9s \"%s\" %s\n", title, spec.name.c_str(), Describe(spec).c_str());
  }
}

// What the version is as a picture classifier.
void PrintView(const predictor::Predictor& predictor) {
  const model::PictureView& view = predictor.view();
  const image::InputContract& contract = predictor.contract();
  std::printf("  input     %d x %d x %d, %s%s, %s values %s%s, framing %s\n", contract.height,
              contract.width, contract.channels,
              contract.layout == image::Layout::kNchw ? "NCHW" : "NHWC",
              contract.channel_order == image::ChannelOrder::kBgr ? " BGR" : "",
              std::string(model::TypeName(predictor.model_info().inputs[0].type)).c_str(),
              contract.range.name.c_str(), contract.range.inverted ? " inverted" : "",
              contract.framing == image::Framing::kObject ? "object" : "whole");
  std::printf("  contract  %s\n",
              std::string(ContractStateName(predictor.contract_state())).c_str());
  for (const std::string& clause : predictor.assumed()) {
    std::printf("            assumed: %s\n", clause.c_str());
  }
  std::string labels;
  for (const std::string& label : predictor.labels()) {
    if (labels.size() > 60) {
      labels.append(", ...");
      break;
    }
    labels.append(labels.empty() ? "" : ", ").append(label);
  }
  std::printf("  classes   %d: %s\n", view.classes, labels.c_str());
  std::printf("  scores    %s; logits: %s\n",
              std::string(model::ScoreKindName(view.score_kind)).c_str(),
              LogitText(view.logit_source));
  if (predictor.model_info().batch_matters) {
    std::printf("  batches   none: in a batch it answers differently than alone\n");
  }
  std::printf("  features  %s\n",
              view.feature_size == 0
                  ? "none"
                  : (std::to_string(view.feature_size) + " (" + view.feature_name + ")").c_str());
}

void PrintPredictor(const predictor::Loaded& loaded) {
  const predictor::Predictor& predictor = *loaded.predictor;
  const model::ModelInfo& info = predictor.model_info();
  if (predictor.takes_pictures()) {
    PrintView(predictor);
  } else {
    std::printf("  served through tensors, unassessed: %s\n", info.no_view.c_str());
    PrintTensors("input", info.inputs);
    PrintTensors("output", info.outputs);
  }
  std::printf("  weights   %lld\n", static_cast<long long>(info.parameters));
  if (info.random_op)
    std::printf("  answers at random: %d passes a picture\n", predictor.samples());
  std::printf("  self-test passed; one picture takes %.1f us (%s)\n",
              static_cast<double>(loaded.run_cost.count()) / 1000, info.engine.c_str());
  PrintProfile(predictor.profile());
  PrintKept(predictor);
}

int Inspect(const InspectFlags& flags) {
  const auto options = ToLoadOptions(flags.input);
  if (!options) return Fail(options.error());
  const auto found = serving::Scan(flags.directory);
  if (!found) return Fail(found.error());
  const SystemClock clock;
  const auto engine = StartEngine();
  int status = 0;
  for (const std::string& note : found->notes) std::fprintf(stderr, "note: %s\n", note.c_str());
  for (const serving::FoundPredictor& one : found->predictors) {
    for (const serving::FoundVersion& version : one.versions) {
      const auto loaded =
          predictor::Load(*engine, {one.name, version.version, version.path}, *options, clock);
      if (flags.json) {
        if (!loaded) {
          status = Fail(Annotate(loaded.error(), version.path.string()));
          continue;
        }
        std::string out;
        JsonWriter json(out);
        api::native::EncodePredictor(*loaded->predictor, loaded->run_cost, json);
        std::printf("%s\n", out.c_str());
        continue;
      }
      std::printf("%s version %s: %s\n", one.name.c_str(), std::to_string(version.version).c_str(),
                  version.path.c_str());
      PrintSignatures(version.path);
      if (loaded) {
        PrintPredictor(*loaded);
      } else {
        std::printf("  refused   %s\n", loaded.error().message.c_str());
        status = 1;
      }
    }
  }
  return status;
}

}  // namespace

Run AddInspect(CLI::App& app) {
  auto flags = std::make_shared<InspectFlags>();
  CLI::App* verb =
      app.add_subcommand("inspect",
                         "Shows what a version wants and gives, and whether it would serve.\n"
                         "  credence inspect models/digits/3\n"
                         "  credence inspect models --json");
  verb->add_option("directory", flags->directory, "A SavedModel, or a folder of them")->required();
  verb->add_flag("--json", flags->json, "A line of JSON a version");
  AddModelFlags(*verb, flags->input);
  return [flags] { return Inspect(*flags); };
}

}  // namespace credence::cli
