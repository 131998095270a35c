#include "cli/data_check.h"

#include <cstdio>

#include <nlohmann/json.hpp>

#include "base/json_depth.h"
#include "data/survey.h"
#include "predictor/profile_file.h"
#include "predictor/version_files.h"

namespace credence::cli {
namespace {

namespace fs = std::filesystem;

constexpr double kOverlapMax = 0.01;  // share of pictures that training may have seen

data::SurveyProgress ShowProgress() {
  const calibration::Progress show = TerminalProgress();
  if (!show) return {};
  return [show](std::int64_t done, std::int64_t all) {
    show("looking at the pictures", static_cast<std::size_t>(done), static_cast<std::size_t>(all));
  };
}

Result<data::Survey> Survey(const DataFlags& flags, data::Dataset& dataset,
                            std::vector<std::string>& warnings) {
  auto survey = data::SurveyRows(dataset, ShowProgress());
  if (!survey) return survey;
  auto notes = data::LeaveOutBad(*survey, flags.bad_files_max, dataset);
  if (!notes) return notes.error();
  for (std::string& note : *notes) {
    std::fprintf(stderr, "credence: %s\n", note.c_str());
    warnings.push_back(std::move(note));
  }
  return survey;
}

// What input.json says of the training data; empty where it says nothing.
Result<std::string> TrainingDigest(const fs::path& version) {
  const auto text = predictor::ReadInputJsonText(version);
  if (!text) return text.error();
  const auto json =
      nlohmann::json::parse(*text ? Shallow(**text) : std::string_view(), nullptr, false);
  const nlohmann::json::json_pointer place("/provenance/train_data/sha256");
  if (json.is_discarded() || !json.contains(place) || !json[place].is_string())
    return std::string();
  return json[place].get<std::string>();
}

std::string Count(std::int64_t hits, const data::Survey& survey) {
  return std::to_string(hits) + " of " + std::to_string(survey.pictures.size());
}

// Refuses, or returns warnings about, pictures that the model was trained on.
Result<std::vector<std::string>> CompareWithTraining(const fs::path& version,
                                                     const DataFlags& flags,
                                                     const data::Survey& survey) {
  const auto used = data::ReadUsedPictures(predictor::AssetsOf(version) / data::kTrainingPictures);
  if (!used) return used.error();
  const auto rows = std::ssize(survey.pictures);
  std::int64_t hits = *used ? (*used)->CountIn(survey.pictures) : 0;
  const auto trained_on = TrainingDigest(version);
  if (!trained_on) return trained_on.error();
  const bool same = survey.sha256 == *trained_on;
  if (same) hits = rows;
  if (hits == 0) return std::vector<std::string>();
  const std::string what =
      flags.data + ": " +
      (same ? "this is what " + version.string() + " was trained on (sha256 " + survey.sha256 + ")"
            : Count(hits, survey) + " pictures are such that " + version.string() +
                  " was trained on");
  if (static_cast<double>(hits) > kOverlapMax * static_cast<double>(rows) && !flags.i_know) {
    return Error{Code::kFailedPrecondition,
                 what +
                     "; the limit is 1 %: how well a model knows its own training pictures says "
                     "nothing of others. Take other pictures, or say --i-know"};
  }
  return std::vector<std::string>{what + ": the figures are better than they will be on others"};
}

}  // namespace

Result<CheckedData> CheckData(const fs::path& version, const DataFlags& flags,
                              data::Dataset& dataset) {
  CheckedData checked;
  auto survey = Survey(flags, dataset, checked.warnings);
  if (!survey) return survey.error();
  auto trained = CompareWithTraining(version, flags, *survey);
  if (!trained) return trained.error();
  checked.warnings.insert(checked.warnings.end(), trained->begin(), trained->end());
  checked.pictures = data::MakeUsedPictures(survey->sha256, std::move(survey->pictures));
  return checked;
}

Result<void> CheckForeign(const DataFlags& flags, data::Dataset& dataset) {
  std::vector<std::string> warnings;
  const auto survey = Survey(flags, dataset, warnings);
  return survey ? Result<void>() : survey.error();
}

fs::path CalibrationPictures(const fs::path& version) {
  return predictor::AssetsOf(version) / "calibration.pictures";
}

std::vector<std::string> CalibrationOverlap(const fs::path& version,
                                            const std::string& profile_digest,
                                            const data::UsedPictures& pictures) {
  const auto used = data::ReadUsedPictures(CalibrationPictures(version));
  if (!used) return {used.error().message + ": calibration's pictures are not looked for"};
  if (!*used || (*used)->sha256 != profile_digest || pictures.sha256 == profile_digest) return {};
  const std::int64_t hits = (*used)->CountIn(pictures.hashes);
  if (hits == 0) return {};
  return {std::to_string(hits) + " of " + std::to_string(pictures.hashes.size()) +
          " different pictures are such that the profile was fitted on; take others"};
}

}  // namespace credence::cli
