#include <cstdio>
#include <filesystem>
#include <functional>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/write_file.h"
#include "cli/data_flags.h"
#include "cli/measure.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "data/describe.h"
#include "data/digits.h"
#include "data/fetch.h"
#include "image/adapt.h"

namespace credence::cli {
namespace {

constexpr std::size_t kErrorsShown = 5, kErrorsListedMax = 1000;

struct FetchFlags {
  std::string name, out, url;
};

struct VerifyFlags {
  std::string data, as;
  ReadFlags read;
};

struct ShowFlags {
  std::string data, split, rows, sheet;
  int columns = 20;
  bool json = false;
  ReadFlags read;
};

struct MakeFlags {
  std::string out, format = "idx", style = "mnist";
  data::DigitSetOptions digits;
  std::optional<std::int64_t> test_rows;
};

const char* StateName(data::FileState state) {
  switch (state) {
    case data::FileState::kPresent:
      return "right";
    case data::FileState::kFetched:
      return "fetched";
    case data::FileState::kMissing:
      return "missing";
    case data::FileState::kWrong:
      return "wrong";
  }
  return "";
}

void Print(const std::vector<data::FileReport>& reports) {
  for (const data::FileReport& report : reports) {
    std::printf("  %-8s %s%s%s\n", StateName(report.state), report.file.c_str(),
                report.detail.empty() ? "" : ": ", report.detail.c_str());
  }
}

Result<const data::CatalogSet*> KnownSet(const std::string& name) {
  if (const data::CatalogSet* set = data::FindCatalogSet(name)) return set;
  return Error{Code::kInvalidArgument,
               "no data set is called '" + name + "'; known are: " + data::CatalogNames()};
}

int Fetch(const FetchFlags& flags) {
  const auto set = KnownSet(flags.name);
  if (!set) return Fail(set.error());
  const std::string folder = flags.out.empty() ? flags.name : flags.out;
  data::FetchOptions options;
  options.url = flags.url;
  if (const calibration::Progress show = TerminalProgress()) {
    options.progress = [show](const data::FetchProgress& at) {
      show(at.file, at.done_bytes, at.all_bytes);
      return true;
    };
  }
  const auto reports = data::Fetch(**set, folder, options);
  if (!reports) return Fail(reports.error());
  std::printf("%s: %s\n", folder.c_str(), flags.name.c_str());
  Print(*reports);
  return 0;
}

Result<data::OpenOptions> ReadOptions(const ReadFlags& flags) {
  data::OpenOptions options = {.labels = data::Labels::kIfPresent,
                               .decode = [](image::Bytes file, image::Decoded& out) {
                                 return image::Decode(file, {}, out);
                               }};
  if (auto applied = Apply(flags, options); !applied) return applied.error();
  return options;
}

// The one split that was asked for, else all; "" stands for the only one.
Result<std::vector<std::string>> ChosenSplits(const std::string& path, const std::string& asked,
                                              const data::OpenOptions& options) {
  if (!asked.empty()) return std::vector<std::string>{asked};
  auto splits = data::Splits(path, options);
  if (splits && splits->empty()) splits->emplace_back();
  return splits;
}

Result<data::Description> Describe(const data::Dataset& dataset, std::size_t errors_max) {
  data::DescribeOptions options = {.errors_max = errors_max};
  if (const calibration::Progress show = TerminalProgress()) {
    options.progress = [show](std::int64_t done, std::int64_t all) {
      show("reading", static_cast<std::size_t>(done), static_cast<std::size_t>(all));
      return true;
    };
  }
  return data::Describe(dataset, options);
}

// The set of the catalog that the files in `folder` are, by their checksums; nullptr: none of them.
const data::CatalogSet* RecognisedSet(const std::string& folder) {
  for (const data::CatalogSet& set : data::CatalogSets()) {
    for (const data::FileReport& report : data::Verify(set, folder)) {
      if (report.state == data::FileState::kPresent) return &set;
    }
  }
  return nullptr;
}

// Whether all files of `set` are right; `partial`: some may be missing.
bool VerifyChecksums(const data::CatalogSet& set, const std::string& folder, bool partial) {
  const std::vector<data::FileReport> reports = data::Verify(set, folder);
  std::printf("%s: %s by its checksums\n", folder.c_str(), std::string(set.name).c_str());
  Print(reports);
  return std::all_of(reports.begin(), reports.end(), [partial](const data::FileReport& report) {
    return report.state == data::FileState::kPresent ||
           (partial && report.state == data::FileState::kMissing);
  });
}

// Whether every picture of a split can be read, and every class has some.
Result<bool> VerifyPictures(const std::string& path, const data::OpenOptions& options) {
  const std::string& split = options.split;
  const auto dataset = data::Open(path, options);
  if (!dataset) return dataset.error();
  const auto description = Describe(*dataset, kErrorsListedMax);
  if (!description) return description.error();
  for (const std::string& note : dataset->notes()) {
    std::printf("%s: %s\n", path.c_str(), note.c_str());
  }
  std::printf("%s%s%s: %lld of %lld pictures can be read\n", path.c_str(),
              split.empty() ? "" : ", split ", split.c_str(),
              static_cast<long long>(description->rows), static_cast<long long>(dataset->rows()));
  for (const std::string& error : description->errors) std::printf("  %s\n", error.c_str());
  bool right = description->unreadable == 0;
  for (std::size_t k = 0; k < description->class_rows.size(); ++k) {
    if (dataset->kind() != data::Kind::kFolders || description->class_read[k] > 0) continue;
    const std::filesystem::path folder =
        std::filesystem::path(path) / split / dataset->classes()[k];
    if (!std::filesystem::exists(folder)) continue;  // a class of other splits
    const auto rows = static_cast<long long>(description->class_rows[k]);
    const std::string what =
        rows == 0 ? "no pictures" : "none of its " + std::to_string(rows) + " pictures can be read";
    std::printf("  class %s: %s\n", dataset->classes()[k].c_str(), what.c_str());
    right = false;
  }
  return right;
}

int Verify(const VerifyFlags& flags) {
  bool right = true;
  if (!flags.as.empty()) {
    const auto set = KnownSet(flags.as);
    if (!set) return Fail(set.error());
    right = VerifyChecksums(**set, flags.data, false);
  } else if (const data::CatalogSet* set = RecognisedSet(flags.data)) {
    right = VerifyChecksums(*set, flags.data, true);
  }
  auto options = ReadOptions(flags.read);
  if (!options) return Fail(options.error());
  const auto splits = ChosenSplits(flags.data, "", *options);
  if (!splits) return Fail(splits.error());
  for (const std::string& split : *splits) {
    options->split = split;
    const auto read = VerifyPictures(flags.data, *options);
    right = (read ? *read : Fail(read.error()) == 0) && right;
  }
  std::fflush(stdout);
  return right ? 0 : Fail({Code::kDataLoss, flags.data + " is not as it should be"});
}

Result<void> WriteSheet(const data::Dataset& dataset, const ShowFlags& flags) {
  const auto sheet = data::ContactSheet(dataset, {.columns = flags.columns});
  if (!sheet) return sheet.error();
  const std::vector<std::uint8_t> bytes = image::EncodePng(*sheet);
  return WriteAtomically(flags.sheet, {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

Result<void> ShowSplit(const ShowFlags& flags, const data::OpenOptions& options) {
  const auto dataset = data::Open(flags.data, options);
  if (!dataset) return dataset.error();
  if (!flags.sheet.empty()) return WriteSheet(*dataset, flags);
  const auto description = Describe(*dataset, kErrorsShown);
  if (!description) return description.error();
  std::string text;
  if (flags.json) {
    JsonWriter json(text);
    data::WriteJson(*description, *dataset, json);
    text += '\n';
  } else {
    text = data::ToText(*description, *dataset);
  }
  std::fputs(text.c_str(), stdout);
  return {};
}

int Show(const ShowFlags& flags) {
  const auto rows = data::ParseSlice(flags.rows);
  if (!rows) return Fail(Annotate(rows.error(), "--rows"));
  auto options = ReadOptions(flags.read);
  if (!options) return Fail(options.error());
  options->rows = *rows;
  const auto splits = ChosenSplits(flags.data, flags.split, *options);
  if (!splits) return Fail(splits.error());
  if (!flags.sheet.empty() && splits->size() > 1) {
    std::string names;
    for (const std::string& split : *splits) names += (names.empty() ? "" : ", ") + split;
    return Fail({Code::kInvalidArgument,
                 "a contact sheet shows one split; choose by --split one of: " + names});
  }
  for (const std::string& split : *splits) {
    options->split = split;
    if (const auto shown = ShowSplit(flags, *options); !shown) return Fail(shown.error());
  }
  return 0;
}

int MakeDigits(MakeFlags flags) {
  data::DigitSetOptions& digits = flags.digits;
  digits.test_rows = flags.test_rows.value_or(digits.train_rows / 5);
  const bool paper = flags.style == "paper";
  digits.digit.style = paper ? data::DigitStyle::kPaper : data::DigitStyle::kMnist;
  if (const calibration::Progress show = TerminalProgress()) {
    digits.progress = [show](std::int64_t done, std::int64_t all) {
      show("drawing", static_cast<std::size_t>(done), static_cast<std::size_t>(all));
      return true;
    };
  }
  const auto made = flags.format == "folders"
                        ? data::WriteDigitFolders(flags.out, digits, image::EncodePng)
                        : data::WriteDigitIdx(flags.out, digits);
  if (!made) return Fail(made.error());
  std::printf("%s: %lld digits to train on, %lld to test with (t10k), seed %llu\n",
              flags.out.c_str(), static_cast<long long>(digits.train_rows),
              static_cast<long long>(digits.test_rows),
              static_cast<unsigned long long>(digits.seed));
  return 0;
}

void AddDataArgument(CLI::App& verb, std::string& path) {
  verb.add_option("data", path, "Folder of IDX pairs, of a folder a class, or a CSV")->required();
}

cli::Run AddFetch(CLI::App& data) {
  auto flags = std::make_shared<FetchFlags>();
  CLI::App* verb = data.add_subcommand(
      "fetch",
      "Downloads a data set by its name: mnist, fashion-mnist. Files that are there and right "
      "stay;\n"
      "a transfer that broke off goes on where it ended; each file must have its published "
      "checksum.\n"
      "  credence data fetch mnist\n"
      "  credence data fetch mnist --out data/mnist --url https://mirror.example.org/mnist");
  verb->add_option("name", flags->name, data::CatalogNames())->required();
  verb->add_option("--out", flags->out, "Folder to put the files into; default: the set's name");
  verb->add_option("--url", flags->url,
                   "Folder to download from, https:// or http://, instead of the known mirrors");
  return [flags] { return Fetch(*flags); };
}

cli::Run AddVerify(CLI::App& data) {
  auto flags = std::make_shared<VerifyFlags>();
  CLI::App* verb = data.add_subcommand(
      "verify",
      "Reads every picture of a data set and, where it is a known one, compares checksums.\n"
      "Exit status 1 if anything is wrong.\n"
      "  credence data verify mnist\n"
      "  credence data verify mnist --as mnist    all files of MNIST must be there");
  AddDataArgument(*verb, flags->data);
  verb->add_option("--as", flags->as, "What it must be: " + data::CatalogNames());
  AddReadFlags(*verb, flags->read);
  return [flags] { return Verify(*flags); };
}

cli::Run AddShow(CLI::App& data) {
  auto flags = std::make_shared<ShowFlags>();
  CLI::App* verb = data.add_subcommand("show",
                                       "What a data set holds: how it was understood and what was "
                                       "passed over, rows, sizes, levels,\n"
                                       "pictures a class, digest; or a sheet of them.\n"
                                       "  credence data show mnist\n"
                                       "  credence data show mnist --split t10k --json\n"
                                       "  credence data show mnist --split t10k --sheet sheet.png");
  AddDataArgument(*verb, flags->data);
  verb->add_option("--split", flags->split, "Which split, e.g. t10k; default: each");
  verb->add_option("--rows", flags->rows, "A part of it, START:STOP:STEP as in Python, e.g. 0::2");
  auto* json = verb->add_flag("--json", flags->json, "One line of JSON a split");
  verb->add_option("--sheet", flags->sheet,
                   "Write a PNG with a line a class and its first pictures in it")
      ->excludes(json);
  verb->add_option("--columns", flags->columns, "Pictures a line of the sheet")
      ->check(WholeNumber(1, 100))
      ->capture_default_str();
  AddReadFlags(*verb, flags->read);
  return [flags] { return Show(*flags); };
}

cli::Run AddMake(CLI::App& data) {
  auto flags = std::make_shared<MakeFlags>();
  CLI::App* verb = data.add_subcommand("make",
                                       "Draws a synthetic data set.\n"
                                       "  credence data make digits --count 10000 --out d");
  verb->require_subcommand(1);
  CLI::App* digits = verb->add_subcommand(
      "digits",
      "Handwritten digits drawn by strokes, for demonstrations and tests where MNIST is not. The\n"
      "same seed gives the same pictures on every machine.\n"
      "  credence data make digits --count 10000 --seed 1 --out digits\n"
      "  credence data make digits --count 100 --style paper --side 320 --format folders --out p");
  digits->add_option("--out", flags->out, "Folder to write into")->required();
  digits->add_option("--count", flags->digits.train_rows, "Pictures of the split train")
      ->check(WholeNumber(1, 20'000'000))
      ->capture_default_str();
  digits
      ->add_option("--test", flags->test_rows,
                   "Pictures of the split t10k; default: a fifth of --count")
      ->check(WholeNumber(0, 20'000'000));
  digits->add_option("--seed", flags->digits.seed, "Of everything random")->capture_default_str();
  digits->add_option("--side", flags->digits.digit.side_px, "Side in pixels, 8 to 4096")
      ->check(WholeNumber(8, 4096))
      ->capture_default_str();
  digits->add_option("--format", flags->format, "idx: as MNIST's files; folders: a PNG a picture")
      ->check(CLI::IsMember({"idx", "folders"}))
      ->capture_default_str();
  digits
      ->add_option("--style", flags->style,
                   "mnist: light on black, centred; paper: like a photo (folders only)")
      ->check(CLI::IsMember({"mnist", "paper"}))
      ->capture_default_str();
  return [flags] { return MakeDigits(*flags); };
}

}  // namespace

Run AddData(CLI::App& app) {
  CLI::App* verb =
      app.add_subcommand("data",
                         "Data sets: fetch, verify, show, make. Each has its own --help.\n"
                         "  credence data fetch mnist\n"
                         "  credence data show mnist");
  verb->require_subcommand(1);
  const std::vector<std::pair<std::string, Run>> verbs = {{"fetch", AddFetch(*verb)},
                                                          {"verify", AddVerify(*verb)},
                                                          {"show", AddShow(*verb)},
                                                          {"make", AddMake(*verb)}};
  return [verb, verbs] {
    for (const auto& [name, run] : verbs) {
      if (verb->got_subcommand(name)) return run();
    }
    return 2;
  };
}

}  // namespace credence::cli
