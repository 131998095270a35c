#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/json_writer.h"
#include "cli/card_figures.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "predictor/profile_file.h"
#include "serving/label_file.h"
#include "serving/labels.h"
#include "serving/repository.h"

namespace credence::cli {
namespace {

namespace fs = std::filesystem;

struct PromoteFlags {
  std::string model, label = "stable", require, report;
  std::int64_t version = 0;  // 0: the highest
  bool dry_run = false;
  bool json = false;
};

struct Candidate {
  std::string name;
  fs::path folder;  // that of the versions
  fs::path path;
  std::int64_t version = 1;
};

struct Promotion {
  Candidate to;
  std::optional<std::int64_t> from;  // where the label points now
  std::vector<CheckedRequirement> checked;
  bool holds = true;
};

// The folder of numbered versions that `path`, a version or the one model file in it, lies in.
std::optional<fs::path> FolderOfVersions(const fs::path& path) {
  const auto numbered = [](const fs::path& p) {
    const std::string name = p.filename().string();
    return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
  };
  const fs::path whole = fs::weakly_canonical(path);
  if (numbered(whole)) return whole.parent_path();
  if (numbered(whole.parent_path())) return whole.parent_path().parent_path();
  return std::nullopt;
}

Result<Candidate> FindCandidate(const PromoteFlags& flags) {
  const auto found = serving::Scan(flags.model);
  if (!found) return found.error();
  if (found->predictors.size() != 1) {
    return Error{Code::kInvalidArgument, flags.model + " holds " +
                                             std::to_string(found->predictors.size()) +
                                             " predictors; name the folder of one, such as " +
                                             flags.model + "/" + found->predictors.front().name};
  }
  const serving::FoundPredictor& one = found->predictors.front();
  const auto folder = FolderOfVersions(one.versions.front().path);
  if (!folder) {
    return Error{Code::kFailedPrecondition,
                 flags.model + " is a bare model; a label needs numbered versions: NAME/VERSION"};
  }
  std::string numbers;
  for (const serving::FoundVersion& version : one.versions) {
    if (flags.version == 0 || version.version == flags.version) {
      return Candidate{one.name, *folder, version.path, version.version};
    }
    numbers.append(numbers.empty() ? "" : ", ").append(std::to_string(version.version));
  }
  return Error{Code::kNotFound, one.name + " has no version " + std::to_string(flags.version) +
                                    "; there is: " + numbers};
}

Result<CardFigures> ReadFigures(const PromoteFlags& flags, const Candidate& candidate) {
  if (!flags.report.empty()) {
    std::ifstream in(flags.report, std::ios::binary);
    if (!in) {
      return Error{Code::kUnavailable,
                   "--report " + flags.report + " cannot be read: " + std::strerror(errno)};
    }
    const std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    auto figures = ParseReport(text);
    if (!figures) return Annotate(figures.error(), "--report " + flags.report);
    return figures;
  }
  const auto profile = predictor::ReadProfile(candidate.path);
  if (!profile) return profile.error();
  if (!*profile) {
    return Error{Code::kFailedPrecondition,
                 candidate.path.string() +
                     " has no profile, and so no report card; run `credence calibrate`, or give "
                     "what `credence evaluate --json` printed as --report"};
  }
  return FiguresOf(**profile);
}

Result<Promotion> PlanPromotion(const PromoteFlags& flags,
                                const std::vector<serving::Requirement>& requirements) {
  auto candidate = FindCandidate(flags);
  if (!candidate) return candidate.error();
  Promotion promotion;
  promotion.to = *std::move(candidate);
  const auto from = serving::ReadLabel(promotion.to.folder, flags.label);
  if (!from) return from.error();
  promotion.from = *from;
  if (requirements.empty()) return promotion;
  const auto figures = ReadFigures(flags, promotion.to);
  if (!figures) return figures.error();
  auto checked = Check(requirements, *figures);
  if (!checked) return Annotate(checked.error(), "--require");
  promotion.checked = *std::move(checked);
  for (const CheckedRequirement& one : promotion.checked) promotion.holds &= one.holds;
  return promotion;
}

std::string NumberText(double value) {
  if (std::isnan(value)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%.5g", value);
  return text;
}

void PrintText(const PromoteFlags& flags, const Promotion& promotion) {
  const Candidate& to = promotion.to;
  std::printf("%s version %lld\n", to.name.c_str(), static_cast<long long>(to.version));
  if (!promotion.checked.empty()) {
    std::printf("  %-34s %-10s %-10s %-6s %s\n", "requirement", "value", "compared", "holds",
                "from");
  }
  for (const CheckedRequirement& one : promotion.checked) {
    std::printf("  %-34s %-10s %-10s %-6s %s\n", ToText(one.requirement).c_str(),
                NumberText(one.figure.estimate.value).c_str(), NumberText(one.bound).c_str(),
                one.holds ? "yes" : "no", one.figure.basis.c_str());
  }
  const std::string from =
      promotion.from ? "version " + std::to_string(*promotion.from) : "no version";
  const char* const what = !promotion.holds ? "stays at"
                           : flags.dry_run  ? "would move from"
                                            : "moved from";
  std::printf("  label %s %s %s", flags.label.c_str(), what, from.c_str());
  if (promotion.holds) std::printf(" to version %lld", static_cast<long long>(to.version));
  std::printf("\n");
}

void PrintJson(const PromoteFlags& flags, const Promotion& promotion) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("name").String(promotion.to.name).Key("label").String(flags.label);
  json.Key("from");
  if (promotion.from) {
    json.Number(*promotion.from);
  } else {
    json.Null();
  }
  json.Key("to").Number(promotion.to.version).Key("holds").Bool(promotion.holds);
  json.Key("moved").Bool(promotion.holds && !flags.dry_run);
  json.Key("requirements").BeginArray();
  for (const CheckedRequirement& one : promotion.checked) {
    json.BeginObject().Key("requirement").String(ToText(one.requirement));
    json.Key("value").Number(one.figure.estimate.value).Key("compared").Number(one.bound);
    json.Key("basis").String(one.figure.basis).Key("holds").Bool(one.holds).EndObject();
  }
  json.EndArray().EndObject();
  std::puts(out.c_str());
}

int Promote(const PromoteFlags& flags) {
  std::vector<serving::Requirement> requirements;
  if (!flags.require.empty()) {
    auto parsed = serving::ParseRequirements(flags.require);
    if (!parsed) {
      Fail(Annotate(parsed.error(), "--require"));
      return 2;
    }
    requirements = *std::move(parsed);
  }
  const auto promotion = PlanPromotion(flags, requirements);
  if (!promotion) {
    Fail(promotion.error());
    return promotion.error().code == Code::kInvalidArgument ? 2 : 1;
  }
  if (promotion->holds && !flags.dry_run) {
    const serving::LabelChange change{.label = flags.label, .version = promotion->to.version};
    const auto written = serving::WriteLabels(promotion->to.folder, {&change, 1});
    if (!written) return Fail(written.error());
  }
  flags.json ? PrintJson(flags, *promotion) : PrintText(flags, *promotion);
  return promotion->holds ? 0 : 1;
}

// What is wrong with a label; empty: nothing.
std::string CheckLabel(const std::string& text) {
  return serving::IsLabel(text) ? "" : "a label is a letter, then up to 63 of A-Z a-z 0-9 _ . -";
}

}  // namespace

Run AddPromote(CLI::App& app) {
  auto flags = std::make_shared<PromoteFlags>();
  CLI::App* verb = app.add_subcommand(
      "promote",
      "Moves a version label when the report card holds what is required; a server that polls its "
      "models notices.\n"
      "  credence promote models/digits --require 'risk<=0.01,reliable>=0.9'\n"
      "  credence promote models/digits --label canary --version 4\n"
      "  credence evaluate --model models/digits/4 --data new --json > report.json\n"
      "  credence promote models/digits --version 4 --report report.json --require "
      "'errors<=0.02'\n"
      "A requirement is held against the worse end of the figure's 95 % interval. Figures: risk "
      "(certified; with --report measured), reliable, uncertain, unfamiliar, accuracy, errors, "
      "ece, "
      "coverage, and every figure of the report, such as confidence.nll.");
  verb->add_option("model", flags->model, "A predictor's folder, with its versions: NAME/")
      ->required();
  verb->add_option("--label", flags->label, "The version label to move")
      ->check(CheckLabel)
      ->capture_default_str();
  verb->add_option("--version", flags->version, "The version to move it to; default: the highest")
      ->check(WholeNumber(std::int64_t{1}, INT64_MAX));
  verb->add_option(
      "--require", flags->require,
      "Requirements that must all hold: FIGURE<=NUMBER or FIGURE>=NUMBER, with commas; "
      "default: none");
  verb->add_option("--report", flags->report,
                   "The output of `credence evaluate --json`; default: the card that `calibrate` "
                   "stored in the version");
  verb->add_flag("--dry-run", flags->dry_run, "Only say what would be done");
  verb->add_flag("--json", flags->json, "Print JSON");
  return [flags] { return Promote(*flags); };
}

}  // namespace credence::cli
