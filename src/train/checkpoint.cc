#include "train/checkpoint.h"

#include <torch/torch.h>

#include <system_error>
#include <utility>

#include <nlohmann/json.hpp>

namespace credence::train {
namespace {

using Json = nlohmann::json;

Json ToJson(const Quality& quality) { return Json::array({quality.loss, quality.accuracy}); }
Quality ToQuality(const Json& json) { return {json.at(0), json.at(1)}; }

std::string EncodeEpochs(const std::vector<EpochRecord>& epochs) {
  Json json = Json::array();
  for (const EpochRecord& epoch : epochs) {
    json.push_back(Json::array({epoch.epoch, epoch.learning_rate, ToJson(epoch.train),
                                ToJson(epoch.validation), epoch.images_per_second, epoch.seconds}));
  }
  return json.dump();
}

std::vector<EpochRecord> DecodeEpochs(const std::string& text) {
  std::vector<EpochRecord> epochs;
  for (const Json& json : Json::parse(text)) {
    epochs.push_back({.epoch = json.at(0),
                      .learning_rate = json.at(1),
                      .train = ToQuality(json.at(2)),
                      .validation = ToQuality(json.at(3)),
                      .images_per_second = json.at(4),
                      .seconds = json.at(5)});
  }
  return epochs;
}

std::string ReadText(torch::serialize::InputArchive& archive, const std::string& key) {
  c10::IValue value;
  archive.read(key, value);
  return value.toStringRef();
}

}  // namespace

Result<void> SaveCheckpoint(const std::filesystem::path& file, const std::string& run,
                            const RunState& state) {
  const std::filesystem::path beside = file.string() + ".new";
  try {
    torch::serialize::OutputArchive archive, net, optimiser;
    archive.write("run", c10::IValue(run));
    archive.write("epochs", c10::IValue(EncodeEpochs(state.epochs)));
    archive.write("best", c10::IValue(state.best));
    state.net.module().save(net);
    archive.write("net", net);
    state.optimiser.save(optimiser);
    archive.write("optimiser", optimiser);
    archive.save_to(beside.string());
  } catch (const std::exception& error) {
    return Error{Code::kUnavailable, "cannot write " + beside.string() + ": " + error.what()};
  }
  std::error_code error;
  std::filesystem::rename(beside, file, error);
  if (error) return Error{Code::kUnavailable, "cannot write " + file.string()};
  return {};
}

Result<void> LoadCheckpoint(const std::filesystem::path& file, const std::string& run,
                            RunState& state) {
  try {
    torch::serialize::InputArchive archive, net, optimiser;
    archive.load_from(file.string());
    const std::string its_run = ReadText(archive, "run");
    if (its_run != run) {
      return Error{Code::kFailedPrecondition,
                   file.string() + " is of another run: " + its_run + "; this one is " + run};
    }
    std::vector<EpochRecord> epochs = DecodeEpochs(ReadText(archive, "epochs"));
    c10::IValue best;
    archive.read("best", best);
    archive.read("net", net);
    state.net.module().load(net);
    archive.read("optimiser", optimiser);
    state.optimiser.load(optimiser);
    state.best = best.toTensorVector();
    state.epochs = std::move(epochs);
  } catch (const std::exception& error) {
    return Error{Code::kDataLoss, file.string() + " is not a whole checkpoint: " + error.what()};
  }
  return {};
}

}  // namespace credence::train
