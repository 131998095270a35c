#include "predictor/profile_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/read_file.h"
#include "base/seal.h"
#include "base/sha256.h"
#include "base/write_file.h"
#include "model/model_files.h"

namespace credence::predictor {
namespace {

namespace fs = std::filesystem;

constexpr char kProfileName[] = "reliability.profile";
constexpr std::uintmax_t kProfileBytesMax = 64 << 20;

// The first file whose checksum differs; empty if none does.
std::string FirstDifference(const std::map<std::string, std::string>& expected,
                            const std::map<std::string, std::string>& actual) {
  for (const auto& [file, checksum] : expected) {
    const auto found = actual.find(file);
    if (found == actual.end() || found->second != checksum) return file;
  }
  for (const auto& [file, checksum] : actual) {
    if (!expected.contains(file)) return file;
  }
  return {};
}

}  // namespace

fs::path AssetsOf(const fs::path& version) {
  if (fs::is_directory(version)) return version / "assets.extra" / "credence";
  return version.string() + ".credence";
}

Result<std::map<std::string, std::string>> ModelFingerprint(const fs::path& version) {
  const auto files = model::ModelFiles(version);
  if (!files) return files.error();
  const fs::path root = fs::is_directory(version) ? version : version.parent_path();
  std::map<std::string, std::string> fingerprint;
  for (const fs::path& file : *files) {
    auto checksum = Sha256OfFile(file);
    if (!checksum) return checksum.error();
    fingerprint[file.lexically_relative(root).string()] = ToHex(*checksum);
  }
  return fingerprint;
}

fs::path ProfileOf(const fs::path& version) { return AssetsOf(version) / kProfileName; }

Result<std::optional<reliability::Profile>> ReadProfileFile(const fs::path& file) {
  const auto bytes = ReadIfThere(file, kProfileBytesMax);
  if (!bytes) return Annotate(bytes.error(), "the profile");
  if (!*bytes) return std::optional<reliability::Profile>();
  auto profile = reliability::Parse(**bytes);
  if (!profile) return Annotate(profile.error(), "the profile " + file.string());
  return std::optional<reliability::Profile>(*std::move(profile));
}

Result<std::optional<reliability::Profile>> ReadProfile(const fs::path& version) {
  const fs::path path = ProfileOf(version);
  auto profile = ReadProfileFile(path);
  if (!profile || !*profile) return profile;
  const auto actual = ModelFingerprint(version);
  if (!actual) return actual.error();
  const std::string other = FirstDifference((*profile)->provenance.model_files, *actual);
  if (other.empty()) return profile;
  return Error{Code::kFailedPrecondition, "the profile " + path.string() +
                                              " was fitted on another model (" + other +
                                              " differs); run `credence calibrate` on this one"};
}

Result<ContractOverrides> VersionInput(const fs::path& version,
                                       const std::optional<reliability::Profile>& profile) {
  auto file = ReadInputJson(version);
  if (!file || !profile || profile->input.empty()) return file;
  auto found = ParseInputJson(profile->input);
  if (!found) return Annotate(found.error(), "the profile's input");
  found->range.reset();  // the profile has it exactly
  found->fit = file->fit;
  if (found->labels.empty()) found->labels = file->labels;
  return found;
}

Result<std::string> ProfileSeal(const fs::path& version) {
  const fs::path path = ProfileOf(version);
  if (const auto regular = CheckRegularFile(path); !regular) {
    if (regular.error().code == Code::kNotFound) return std::string();
    return regular.error();
  }
  std::ifstream in(path, std::ios::binary);
  Sha256Digest seal;
  in.seekg(-static_cast<std::streamoff>(seal.size()), std::ios::end);
  if (in.read(reinterpret_cast<char*>(seal.data()), seal.size())) return ToHex(seal);
  if (in.is_open() && !in.bad()) return std::string();  // too short to have one
  return Error{Code::kUnavailable, path.string() + " cannot be read: " + std::strerror(errno)};
}

std::string SealOf(const reliability::Profile& profile) {
  const auto bytes = reliability::Serialize(profile);
  Sha256Digest seal;
  std::copy(bytes.end() - static_cast<std::ptrdiff_t>(seal.size()), bytes.end(), seal.begin());
  return ToHex(seal);
}

Result<void> WriteProfile(const fs::path& version, const reliability::Profile& profile) {
  return WriteAtomically(ProfileOf(version), reliability::Serialize(profile));
}

Result<void> WriteAsset(const fs::path& version, const std::string& name, std::string_view text) {
  return WriteAtomically(AssetsOf(version) / name, text);
}

image::ValueRange ToValueRange(const reliability::Scaling& scaling) {
  image::ValueRange range;
  range.name = scaling.name;
  range.inverted = scaling.inverted;
  for (std::size_t c = 0; c < 3; ++c) {
    range.scale[c] = static_cast<float>(1 / (255 * scaling.sd[c]));
    range.offset[c] = static_cast<float>(-scaling.mean[c] / scaling.sd[c]);
  }
  return range;
}

}  // namespace credence::predictor
