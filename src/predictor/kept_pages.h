// What a version keeps for people to read: the report card that `credence evaluate --keep` put
// there, and a model card. The model does not need them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"

namespace credence::predictor {

// Names in AssetsOf(version), and what each may weigh.
inline constexpr char kReportName[] = "report.html";
inline constexpr char kModelCardName[] = "model_card.md";
inline constexpr std::uintmax_t kPageBytesMax = 1 << 20;

struct KeptPages {
  std::string report;      // HTML that needs no other file; empty: there is none
  std::string model_card;  // text; empty: there is none
};

// A report on what the version said by another profile than the one in force is passed over.
// Errors: those of ReadTextIfThere (base/read_file.h) and ProfileSeal.
Result<KeptPages> ReadPages(const std::filesystem::path& version);

// Puts the report there, in place of the one before. Ends it with a comment that names the profile.
// Errors: kTooLarge - more than kPageBytesMax; kUnavailable - the disk; those of ProfileSeal.
Result<void> WriteReport(const std::filesystem::path& version, std::string_view html);

// Deletes a report that ReadPages passes over.
// Errors: kUnavailable - the disk; those of ReadTextIfThere and ProfileSeal.
Result<void> SettleReport(const std::filesystem::path& version);

}  // namespace credence::predictor
