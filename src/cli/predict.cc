#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <utility>

#include <CLI/CLI.hpp>

#include "api/native/encode.h"
#include "base/json_writer.h"
#include "cli/answer_text.h"
#include "cli/engine.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/verbs.h"
#include "http/problem.h"
#include "predictor/field.h"

namespace credence::cli {
namespace {

constexpr std::uintmax_t kPictureBytesMax = 32 << 20;

struct PredictFlags {
  std::vector<std::string> images;
  std::string model;
  std::string predictor;
  bool json = false;
  bool view = false;
  bool explain = false;
  bool field = false;
  ModelFlags input;
};

// The bytes of a file, or of standard input for "-".
Result<std::vector<std::uint8_t>> ReadFile(const std::string& path) {
  std::ifstream file;
  if (path != "-") {
    file.open(path, std::ios::binary);
    if (!file) {
      return Error{Code::kNotFound, std::string("cannot be read: ") + std::strerror(errno)};
    }
  }
  std::istream& in = path == "-" ? std::cin : file;
  std::vector<std::uint8_t> bytes;
  char chunk[65536];
  while (in.read(chunk, sizeof chunk), in.gcount() > 0) {
    bytes.insert(bytes.end(), chunk, chunk + in.gcount());
    if (bytes.size() > kPictureBytesMax) {
      return Error{Code::kTooLarge, "the file is larger than the limit of " +
                                        std::to_string(kPictureBytesMax) + " bytes"};
    }
  }
  if (in.bad()) {
    return Error{Code::kNotFound, std::string("cannot be read: ") + std::strerror(errno)};
  }
  if (bytes.empty()) return Error{Code::kInvalidArgument, "the file is empty"};
  return bytes;
}

// Predicts files one after the other, as a lane of the server does.
class FilePredictor {
 public:
  explicit FilePredictor(const predictor::Loaded& loaded) : loaded_(loaded) {}

  Result<void> Predict(const std::string& path, bool explain) {
    const auto bytes = ReadFile(path);
    if (!bytes) return bytes.error();
    predictor::Timings timings;
    loaded_.predictor->Prepare(predictor::EncodedPicture{*bytes}, workspace_, answer_, timings);
    const predictor::Task task{.answer = &answer_, .explain = explain};
    if (!answer_.error) loaded_.predictor->Run({&task, 1}, loaded_.last(), timings);
    if (answer_.error) return *answer_.error;
    return {};
  }
  const predictor::Answer& answer() const { return answer_; }
  predictor::Answer TakeAnswer() { return std::exchange(answer_, {}); }

 private:
  const predictor::Loaded& loaded_;
  predictor::Workspace workspace_;
  predictor::Answer answer_;
};

// On the terminal in words; with --json as a line of its own, too.
void PrintError(const std::string& path, const Error& error, const PredictFlags& flags) {
  Fail(Annotate(error, path));
  if (!flags.json) return;
  std::string out, problem;
  http::WriteProblem(error, problem);
  JsonWriter json(out);
  json.BeginObject().Key("file").String(path).Key("error").Raw(problem).EndObject();
  std::puts(out.c_str());
}

void Print(const std::string& path, const predictor::Predictor& predictor,
           const predictor::Answer& answer, const PredictFlags& flags) {
  std::string out;
  if (flags.json) {
    JsonWriter json(out);
    api::native::EncodePrediction(
        predictor, answer, {.file = path, .view = flags.view, .explain = flags.explain}, json);
    out.push_back('\n');
  } else {
    out = AnswerText(path, predictor, answer, {.view = flags.view, .colour = ColourWanted()});
  }
  std::fputs(out.c_str(), stdout);
}

// All pictures as one value. Returns the exit status.
int PredictField(const PredictFlags& flags, const predictor::Predictor& predictor,
                 FilePredictor& files) {
  std::vector<predictor::Answer> pictures;
  for (const std::string& path : flags.images) {
    if (const auto done = files.Predict(path, flags.explain); !done) {
      PrintError(path, done.error(), flags);
      return 1;
    }
    pictures.push_back(files.TakeAnswer());
  }
  const auto field = predictor::JudgeField(predictor, pictures);
  if (!field) return Fail(field.error());
  std::string out;
  if (flags.json) {
    JsonWriter json(out);
    api::native::EncodeField(predictor, pictures, *field,
                             {.files = flags.images, .view = flags.view, .explain = flags.explain},
                             json);
    out.push_back('\n');
  } else {
    const TextOptions options = {.view = flags.view, .colour = ColourWanted()};
    out = FieldText(predictor, *field, pictures.size(), options);
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      out += AnswerText(flags.images[i], predictor, pictures[i], options);
    }
  }
  std::fputs(out.c_str(), stdout);
  const auto written = FlushOutput();
  return written ? 0 : Fail(written.error());
}

int Predict(const PredictFlags& flags) {
  if (flags.field && flags.images.size() > reliability::kFieldLengthMax) {
    return Fail({Code::kTooLarge, std::to_string(flags.images.size()) +
                                      " pictures; a field has at most " +
                                      std::to_string(reliability::kFieldLengthMax)});
  }
  const auto options = ToLoadOptions(flags.input);
  if (!options) return Fail(options.error());
  const auto chosen =
      ChooseVersion(flags.model.empty() ? BundledPredictors() : flags.model, flags.predictor);
  if (!chosen) return Fail(chosen.error());
  const SystemClock clock;
  const auto engine = StartEngine();
  const auto loaded = predictor::Load(
      *engine, {chosen->name, chosen->version.version, chosen->version.path}, *options, clock);
  if (!loaded) return Fail(Annotate(loaded.error(), chosen->version.path.string()));
  FilePredictor files(*loaded);
  if (flags.field) return PredictField(flags, *loaded->predictor, files);
  int status = 0;
  for (std::size_t i = 0; i < flags.images.size(); ++i) {
    const std::string& path = flags.images[i];
    if (const auto done = files.Predict(path, flags.explain); done) {
      Print(path, *loaded->predictor, files.answer(), flags);
    } else {
      status = 1;
      PrintError(path, done.error(), flags);
    }
    if (const auto written = FlushOutput(); !written) {
      // A reader that has taken some lines and goes, such as head, has had enough.
      return i > 0 && written.error().code == Code::kUnavailable ? 1 : Fail(written.error());
    }
  }
  return status;
}

}  // namespace

Run AddPredict(CLI::App& app) {
  auto flags = std::make_shared<PredictFlags>();
  CLI::App* verb = app.add_subcommand(
      "predict",
      "Answers about pictures on the terminal; the same code path as the server.\n"
      "  credence predict 7.png                       the bundled digit predictor\n"
      "  credence predict *.png --model DIR --json    a line of JSON a picture\n"
      "  credence predict --field a.png b.png         one value of several pictures, in order\n"
      "  credence predict 7.png --explain             says what the verdict was made from\n"
      "  credence predict 7.png --view                draws what the model sees");
  verb->add_option("images", flags->images, "Picture files; - is standard input")->required();
  verb->add_option("--model", flags->model,
                   "A SavedModel, or a folder that holds it; default: the bundled digits")
      ->envname("CREDENCE_MODELS");
  verb->add_option("--predictor", flags->predictor, "Which one, when the folder holds several");
  verb->add_flag("--json", flags->json,
                 "One line of JSON a picture, as POST /v1/predict answers, with its file; of one "
                 "that cannot be answered {\"file\", \"error\"}");
  verb->add_flag("--field", flags->field,
                 "The pictures, in order, make one value: one answer, as POST "
                 "/v1/predict?field=true gives; calibrate --fields-of certifies such");
  verb->add_flag("--explain", flags->explain, "Say what the verdict was made from, in sentences");
  verb->add_flag("--view", flags->view, "Show the picture as the model sees it");
  AddModelFlags(*verb, flags->input);
  return [flags] { return Predict(*flags); };
}

}  // namespace credence::cli
