#include "predictor/kept_pages.h"

#include <string>
#include <system_error>
#include <utility>

#include "base/read_file.h"
#include "predictor/profile_file.h"

namespace credence::predictor {
namespace {

constexpr std::string_view kBinding = "<!-- profile ";  // the seal and " -->" follow

// What a report ends with that was made by the profile in force.
Result<std::string> Binding(const std::filesystem::path& version) {
  const auto seal = ProfileSeal(version);
  if (!seal) return seal.error();
  return std::string(kBinding) + *seal + " -->\n";
}

// Empty: there is none for the profile in force.
Result<std::string> ReadReport(const std::filesystem::path& version) {
  auto report = ReadTextIfThere(AssetsOf(version) / kReportName, kPageBytesMax);
  if (!report) return report.error();
  if (!*report) return std::string();
  const auto binding = Binding(version);
  if (!binding) return binding.error();
  if (!(*report)->ends_with(*binding)) return std::string();
  return **std::move(report);
}

}  // namespace

Result<KeptPages> ReadPages(const std::filesystem::path& version) {
  KeptPages pages;
  auto report = ReadReport(version);
  if (!report) return report.error();
  auto card = ReadTextIfThere(AssetsOf(version) / kModelCardName, kPageBytesMax);
  if (!card) return card.error();
  pages.report = *std::move(report);
  if (*card) pages.model_card = **std::move(card);
  return pages;
}

Result<void> WriteReport(const std::filesystem::path& version, std::string_view html) {
  const auto binding = Binding(version);
  if (!binding) return binding.error();
  const std::string bound = std::string(html) + *binding;
  if (bound.size() > kPageBytesMax) {
    return Error{Code::kTooLarge, "the report has " + std::to_string(bound.size()) +
                                      " bytes; a version keeps at most " +
                                      std::to_string(kPageBytesMax) +
                                      "; --html writes it to a file of any size"};
  }
  return WriteAsset(version, kReportName, bound);
}

Result<void> SettleReport(const std::filesystem::path& version) {
  const auto kept = ReadReport(version);
  if (!kept) return kept.error();
  if (!kept->empty()) return {};
  const std::filesystem::path path = AssetsOf(version) / kReportName;
  std::error_code error;
  std::filesystem::remove(path, error);
  if (!error) return {};
  return Error{Code::kUnavailable, "cannot delete " + path.string() + ": " + error.message()};
}

}  // namespace credence::predictor
