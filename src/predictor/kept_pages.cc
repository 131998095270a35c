#include "predictor/kept_pages.h"

#include <utility>

#include "base/read_file.h"
#include "predictor/profile_file.h"

namespace credence::predictor {

Result<KeptPages> ReadPages(const std::filesystem::path& version) {
  KeptPages pages;
  auto report = ReadTextIfThere(AssetsOf(version) / kReportName, kPageBytesMax);
  if (!report) return report.error();
  auto card = ReadTextIfThere(AssetsOf(version) / kModelCardName, kPageBytesMax);
  if (!card) return card.error();
  if (*report) pages.report = **std::move(report);
  if (*card) pages.model_card = **std::move(card);
  return pages;
}

Result<void> WriteReport(const std::filesystem::path& version, std::string_view html) {
  if (html.size() > kPageBytesMax) {
    return Error{Code::kTooLarge, "the report has " + std::to_string(html.size()) +
                                      " bytes; a version keeps at most " +
                                      std::to_string(kPageBytesMax) +
                                      "; --html writes it to a file of any size"};
  }
  return WriteAsset(version, kReportName, html);
}

}  // namespace credence::predictor
