#include "train/version_writer.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <system_error>

#include <nlohmann/json.hpp>

#include "train/learning_curves.h"

namespace credence::train {
namespace {

namespace fs = std::filesystem;
using OrderedJson = nlohmann::ordered_json;

// Three digits after the point are all that a share of a picture can mean.
double Rounded(float value) {
  return static_cast<double>(static_cast<int>(value * 1000 + 0.5f)) / 1000;
}

OrderedJson DataJson(const DataProvenance& data) {
  return {{"source", data.source}, {"rows", data.rows}, {"sha256", data.sha256}};
}

OrderedJson QualityJson(const Quality& quality) {
  return {{"loss", quality.loss}, {"accuracy", quality.accuracy}};
}

OrderedJson ProvenanceJson(const Provenance& from) {
  OrderedJson json = {{"tool", from.tool},
                      {"recipe", from.recipe},
                      {"network", from.network},
                      {"parameters", from.parameters},
                      {"seed", from.seed},
                      {"threads", from.threads},
                      {"epochs", from.epochs},
                      {"best_epoch", from.best_epoch},
                      {"train_data", DataJson(from.train)},
                      {"validation_share", from.validation_share},
                      {"validation_rows", from.validation_rows},
                      {"validation", QualityJson(from.validation)}};
  if (from.test.rows > 0) {
    json["test_data"] = DataJson(from.test);
    json["test"] = QualityJson(from.test_quality);
  }
  return json;
}

Result<void> WriteFile(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (!out) return Error{Code::kUnavailable, "cannot write " + file.string()};
  return {};
}

Result<void> WriteInto(const fs::path& version, const VersionContent& content) {
  const fs::path extra = version / "assets.extra" / "credence";
  std::error_code error;
  fs::create_directories(extra, error);
  if (error) {
    return Error{Code::kUnavailable, "cannot make " + extra.string() + ": " + error.message()};
  }
  std::string log;
  for (const EpochRecord& epoch : content.epochs) log += EncodeEpoch(epoch);
  if (auto done = WriteSavedModel(content.net, content.element, version); !done) return done;
  if (auto done = WriteFile(extra / "input.json", EncodeInputJson(content)); !done) return done;
  if (auto done = WriteFile(extra / "training.jsonl", log); !done) return done;
  if (auto done = data::WriteUsedPictures(extra / data::kTrainingPictures, content.pictures);
      !done) {
    return done;
  }
  return WriteFile(extra / "curves.svg", LearningCurves(content.epochs));
}

}  // namespace

int NextVersion(const fs::path& predictor) {
  int highest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(predictor, error)) {
    const std::string name = entry.path().filename().string();
    int number = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), number);
    if (failed == std::errc() && end == name.data() + name.size()) {
      highest = std::max(highest, number);
    }
  }
  return highest + 1;
}

std::string EncodeInputJson(const VersionContent& content) {
  const image::InputContract& contract = content.contract;
  OrderedJson json = {{"schema", 1}};
  if (content.element == InputElement::kFloat32) json["range"] = contract.range.name;
  const bool object = contract.framing == image::Framing::kObject;
  json["framing"] = object ? "object" : "whole";
  if (!object) json["fit"] = "stretch";
  if (contract.background) {
    const int level = *contract.background;
    json["background"] = level == 0 ? "black" : level == 255 ? "white" : std::to_string(level);
  }
  if (object) {
    json["object"] = {
        {"longest_side_share", Rounded(contract.object.longest_side_share)},
        {"centring", contract.object.centring == image::Centring::kMass ? "mass" : "box"}};
    if (contract.object.stroke_width_share) {
      json["object"]["stroke_width_share"] = Rounded(*contract.object.stroke_width_share);
    }
  }
  json["labels"] =
      OrderedJson(std::vector<std::string>(content.labels.begin(), content.labels.end()));
  json["provenance"] = ProvenanceJson(content.provenance);
  return json.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

std::string EncodeEpoch(const EpochRecord& epoch) {
  const OrderedJson json = {{"epoch", epoch.epoch},
                            {"learning_rate", epoch.learning_rate},
                            {"train_loss", epoch.train.loss},
                            {"train_accuracy", epoch.train.accuracy},
                            {"validation_loss", epoch.validation.loss},
                            {"validation_accuracy", epoch.validation.accuracy},
                            {"images_per_second", epoch.images_per_second},
                            {"seconds", epoch.seconds}};
  return json.dump() + "\n";
}

Result<fs::path> WriteVersion(const fs::path& predictor, const VersionContent& content) {
  const fs::path beside = predictor / ".new";
  std::error_code error;
  fs::remove_all(beside, error);
  if (auto written = WriteInto(beside, content); !written) return written.error();
  const fs::path version = predictor / std::to_string(NextVersion(predictor));
  fs::rename(beside, version, error);
  if (error) {
    return Error{Code::kUnavailable, "cannot rename " + beside.string() + " to " +
                                         version.string() + ": " + error.message()};
  }
  return version;
}

}  // namespace credence::train
