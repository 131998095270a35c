// credence plan: how many labelled pictures buy which promise.
#include "fitting/plan.h"

#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "base/json_writer.h"
#include "cli/numbers.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "predictor/profile_file.h"

namespace credence::cli {
namespace {

constexpr double kRiskErrorTotal = 0.05;  // of all classes together, with --per-class

struct PlanFlags {
  double risk = 0.01;
  double errors = 0;  // 0: half of the risk
  double share = 0.8;
  bool per_class = false;
  std::size_t classes = 0;
  std::string model, predictor;
  bool json = false;
};

// What is known before anyone labels: a pilot's profile, or two guesses.
struct Basis {
  std::vector<reliability::PilotPoint> pilot;
  std::vector<std::size_t> class_rows;  // of the pilot; empty: all classes are alike
  std::size_t classes = 0;
  std::string text;
};

Result<Basis> ReadBasis(const PlanFlags& flags) {
  Basis basis;
  if (flags.model.empty()) {
    const double errors = flags.errors > 0 ? flags.errors : flags.risk / 2;
    basis.pilot = {{.share = flags.share, .errors = errors}};
    basis.classes = flags.classes;
    char text[200];
    std::snprintf(text, sizeof text,
                  "%s: %g %% of the accepted answers are wrong, and %g %% are accepted",
                  flags.errors > 0 ? "as given" : "assumed, for want of a pilot", 100 * errors,
                  100 * flags.share);
    basis.text = text;
    return basis;
  }
  const auto chosen = ChooseVersion(flags.model, flags.predictor);
  if (!chosen) return chosen.error();
  auto profile = predictor::ReadProfile(chosen->version.path);
  if (!profile) return profile.error();
  if (!*profile) {
    return Error{Code::kFailedPrecondition,
                 chosen->version.path.string() +
                     " has no profile; calibrate it on a few hundred pictures first, or say "
                     "--errors and --share instead of --model"};
  }
  basis.pilot = (*profile)->pilot;
  basis.class_rows = (*profile)->provenance.class_rows_a;
  basis.classes = (*profile)->classes;
  basis.text = "from the profile of " + chosen->version.path.string() + ", which learned on " +
               std::to_string((*profile)->provenance.rows_a) + " pictures";
  return basis;
}

// The share of the rarest class.
double RarestShare(const Basis& basis) {
  double all = 0;
  double least = 0;
  for (const std::size_t rows : basis.class_rows) {
    const auto count = static_cast<double>(rows);
    least = all == 0 ? count : std::min(least, count);
    all += count;
  }
  return all > 0 ? least / all : 1 / static_cast<double>(basis.classes);
}

std::optional<fitting::Plan> MakePlan(const PlanFlags& flags, const Basis& basis) {
  fitting::PlanQuestion question = {.risk = flags.risk};
  if (!flags.per_class) return fitting::PlanLabels(question, basis.pilot);
  question.delta = kRiskErrorTotal / static_cast<double>(basis.classes);
  return fitting::PlanLabels(question, basis.pilot, RarestShare(basis));
}

void PrintText(const PlanFlags& flags, const Basis& basis,
               const std::optional<fitting::Plan>& plan) {
  std::printf("To certify that at most %g %% of the reliable answers%s are wrong\n",
              100 * flags.risk, flags.per_class ? ", of each class by itself," : "");
  std::printf("  basis     %s\n", basis.text.c_str());
  if (!plan) {
    std::printf("  labels    not within a million: too many of the accepted answers are wrong\n");
    return;
  }
  std::printf(
      "  labels    %zu pictures like those that will be served; where they belong together "
      "(one writer, one track): as many groups\n",
      plan->labels);
  std::printf(
      "            half of them learn, %zu certify; %zu accepted ones%s prove it with up to "
      "%zu wrong\n",
      plan->certify, plan->accepted, flags.per_class ? " of a class" : "", plan->errors);
  std::printf("  chance    at least 80 %%, if %.2g %% of the accepted answers are wrong\n",
              100 * plan->true_risk);
}

void PrintJson(const PlanFlags& flags, const Basis& basis,
               const std::optional<fitting::Plan>& plan) {
  std::string out;
  JsonWriter json(out);
  json.BeginObject().Key("risk").Number(flags.risk).Key("perClass").Bool(flags.per_class);
  json.Key("basis").String(basis.text).Key("labels");
  if (!plan) {
    json.Null().EndObject();
  } else {
    json.Number(plan->labels).Key("certify").Number(plan->certify);
    json.Key("accepted").Number(plan->accepted).Key("errorsAllowed").Number(plan->errors);
    json.Key("trueRisk").Number(plan->true_risk).Key("share").Number(plan->share).EndObject();
  }
  std::puts(out.c_str());
}

int PlanLabels(const PlanFlags& flags) {
  const auto basis = ReadBasis(flags);
  if (!basis) return Fail(basis.error());
  if (flags.per_class && basis->classes < 2) {
    return Fail(
        {Code::kInvalidArgument, "--per-class needs the number of classes: --classes, or --model"});
  }
  const auto plan = MakePlan(flags, *basis);
  flags.json ? PrintJson(flags, *basis, plan) : PrintText(flags, *basis, plan);
  return 0;
}

}  // namespace

cli::Run AddPlan(CLI::App& app) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* verb = app.add_subcommand(
      "plan",
      "How many labelled pictures buy which promise, before anyone labels them.\n"
      "  credence plan --risk 0.01 --model models/digits     from the profile of a pilot\n"
      "  credence plan --risk 0.05 --errors 0.02 --share 0.5 --per-class --classes 10");
  verb->add_option("--risk", flags->risk, "Error rate among `reliable` answers to certify")
      ->check(RealNumber(1e-4, 0.499))
      ->capture_default_str();
  CLI::Option* model =
      verb->add_option("--model", flags->model, "A calibrated version: its profile is the pilot");
  verb->add_option("--predictor", flags->predictor, "Which one, when the folder holds several");
  verb->add_option("--errors", flags->errors,
                   "Share of wrong ones among the answers that will be accepted; default: half of "
                   "the risk")
      ->check(RealNumber(1e-6, 0.499))
      ->excludes(model);
  verb->add_option("--share", flags->share, "Share of answers that will be accepted")
      ->check(RealNumber(0.001, 1))
      ->capture_default_str()
      ->excludes(model);
  verb->add_flag("--per-class", flags->per_class, "For the answers of each class by itself");
  verb->add_option("--classes", flags->classes, "How many classes there are; default: the model's")
      ->check(WholeNumber(2, 1000));
  verb->add_flag("--json", flags->json, "As JSON");
  return [flags] { return PlanLabels(*flags); };
}

}  // namespace credence::cli
