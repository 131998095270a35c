// credence-train: `credence train` as a program of its own, so that the server needs no libtorch.
#include <malloc.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include <CLI/CLI.hpp>

#include "base/clock.h"
#include "cli/data_flags.h"
#include "image/decode.h"
#include "track/metrics_file.h"
#include "track/tracker.h"
#include "train/run_train.h"

namespace {

using credence::Result;
using credence::track::MetricsFile;
using credence::track::Status;
using credence::track::Tracker;
using credence::train::EpochRecord;
using credence::train::Progress;
using credence::train::TrainOptions;
using credence::train::TrainOutcome;

std::atomic<bool> stop = false;  // a signal handler reaches nothing else

struct Texts {
  credence::cli::ReadFlags read;
  std::string rows, framing = "whole", input = "float32", mlflow, experiment, metrics_file;
};

void AddOptions(CLI::App& app, TrainOptions& options, Texts& texts) {
  app.add_option("--data", options.data, "IDX folder, folder of class folders, or CSV")->required();
  app.add_option("--out", options.out, "repository to write OUT/NAME/VERSION into")->required();
  app.add_option("--name", options.name, "of the predictor (default: the data's name)");
  app.add_option("--recipe", options.recipe, "default or baseline")->capture_default_str();
  app.add_option("--split", options.split, "split to train on (default: train)");
  app.add_option("--rows", texts.rows, "START:STOP:STEP of its rows");
  credence::cli::AddReadFlags(app, texts.read);
  credence::cli::AddBadFilesFlag(app, options.bad_files_max);
  app.add_option("--epochs", options.epochs, "passes over the data (default: the recipe's)");
  app.add_option("--batch", options.batch, "pictures a step (default: the recipe's)");
  app.add_option("--learning-rate", options.learning_rate, "or its peak (default: the recipe's)");
  app.add_option("--patience", options.patience_epochs,
                 "stop after so many epochs without a lower validation loss; 0: never");
  app.add_option("--side", options.side_px, "bring pictures to SIDE x SIDE px");
  app.add_option("--framing", texts.framing, "how: whole or object")
      ->check(CLI::IsMember({"whole", "object"}))
      ->capture_default_str();
  app.add_option("--validation", options.validation_share, "share of the rows held out")
      ->capture_default_str();
  app.add_option("--input", texts.input, "what the model takes: float32 (0..1) or uint8")
      ->check(CLI::IsMember({"float32", "uint8"}))
      ->capture_default_str();
  app.add_option("--seed", options.seed, "of everything random")->capture_default_str();
  app.add_option("--threads", options.threads, "another number gives other roundings")
      ->capture_default_str();
  app.add_option("--mlflow", texts.mlflow, "tell this MLflow tracking server of the run")
      ->envname("MLFLOW_TRACKING_URI");
  app.add_option("--experiment", texts.experiment, "of MLflow's (default: the predictor's name)");
  app.add_option("--metrics-file", texts.metrics_file,
                 "write figures of the run to FILE.prom after each epoch, for Prometheus")
      ->check([](const std::string& path) {
        return path.ends_with(".prom") ? "" : path + " does not end with .prom";
      });
  app.add_flag("--resume", options.resume, "go on after the last whole epoch of a run");
  app.footer(
      "Example:\n"
      "  credence-train --data mnist --out models --name digits --seed 1 --threads 2\n"
      "  credence serve --models models");
}

void ShowProgress(const Progress& at) {
  constexpr std::int64_t kWidth = 20;
  const auto done = static_cast<std::size_t>(kWidth * at.step / at.steps);
  const std::string bar = std::string(done, '#') + std::string(kWidth - done, '-');
  std::fprintf(
      stderr,
      "\repoch %d/%d  [%s] %3d %%  loss %.4f  accuracy %.4f  %.0f images/s  %.0f s left\033[K",
      at.epoch, at.epochs, bar.c_str(), static_cast<int>(100 * at.step / at.steps), at.train.loss,
      at.train.accuracy, at.images_per_second, at.seconds_left);
}

void ShowEpoch(const EpochRecord& epoch) {
  std::fprintf(stderr, "%sepoch %d  training %.4f %.4f  validation %.4f %.4f  %.0f images/s\n",
               isatty(STDERR_FILENO) ? "\r\033[K" : "", epoch.epoch, epoch.train.loss,
               epoch.train.accuracy, epoch.validation.loss, epoch.validation.accuracy,
               epoch.images_per_second);
}

void TrackStart(const TrainOptions& options, const std::string& rows, Tracker& tracker) {
  tracker.Param("data", options.data.string());
  tracker.Param("split", options.split);
  tracker.Param("rows", rows);
  tracker.Param("recipe", options.recipe);
  tracker.Param("seed", std::to_string(options.seed));
  tracker.Param("threads", std::to_string(options.threads));
  tracker.Param("validation_share", std::to_string(options.validation_share));
  if (options.epochs) tracker.Param("epochs", std::to_string(*options.epochs));
  if (options.batch) tracker.Param("batch", std::to_string(*options.batch));
  if (options.learning_rate) tracker.Param("learning_rate", std::to_string(*options.learning_rate));
  tracker.Tag("tool", options.tool);
  tracker.Flush();
}

void TrackEpoch(const EpochRecord& epoch, Tracker& tracker) {
  tracker.Metric("train_loss", epoch.train.loss, epoch.epoch);
  tracker.Metric("train_accuracy", epoch.train.accuracy, epoch.epoch);
  tracker.Metric("validation_loss", epoch.validation.loss, epoch.epoch);
  tracker.Metric("validation_accuracy", epoch.validation.accuracy, epoch.epoch);
  tracker.Metric("learning_rate", epoch.learning_rate, epoch.epoch);
  tracker.Metric("images_per_second", epoch.images_per_second, epoch.epoch);
  tracker.Flush();
}

void TrackEnd(const Result<TrainOutcome>& outcome, Tracker& tracker) {
  if (!outcome) {
    tracker.Tag("error", outcome.error().message);
    return tracker.Finish(stop ? Status::kKilled : Status::kFailed);
  }
  const auto& best = outcome->trained;
  tracker.Metric("best_validation_accuracy", best.validation.accuracy, best.best_epoch);
  tracker.Metric("parameters", static_cast<double>(outcome->parameters), 0);
  if (outcome->test) {
    tracker.Metric("test_loss", outcome->test->loss, best.best_epoch);
    tracker.Metric("test_accuracy", outcome->test->accuracy, best.best_epoch);
  }
  tracker.Tag("version", outcome->version.string());
  tracker.Artifact(outcome->version, "version");
  tracker.Finish(Status::kFinished);
}

void Warn(const std::string& text) { std::fprintf(stderr, "credence-train: %s\n", text.c_str()); }

void WriteMetrics(MetricsFile& file) {
  if (const auto written = file.Write(); !written) Warn(written.error().message);
}

void ShowEpochTo(const EpochRecord& epoch, MetricsFile& file) {
  file.Set("epoch", epoch.epoch);
  file.Set("loss", "train", epoch.train.loss);
  file.Set("loss", "validation", epoch.validation.loss);
  file.Set("accuracy", "train", epoch.train.accuracy);
  file.Set("accuracy", "validation", epoch.validation.accuracy);
  file.Set("learning_rate", epoch.learning_rate);
  file.Set("images_per_second", epoch.images_per_second);
  file.Set("epoch_seconds", epoch.seconds);
  WriteMetrics(file);
}

void ShowEndTo(const Result<TrainOutcome>& outcome, MetricsFile& file) {
  file.Set("running", 0);
  file.Set("failed", outcome || stop ? 0 : 1);
  if (outcome && outcome->test) {
    file.Set("loss", "test", outcome->test->loss);
    file.Set("accuracy", "test", outcome->test->accuracy);
  }
  WriteMetrics(file);
}

int Run(TrainOptions options, const Texts& texts) {
  const credence::SystemClock clock;
  const std::string predictor = credence::train::PredictorName(options);
  Tracker tracker({.url = texts.mlflow,
                   .spool = options.out / ".track",
                   .experiment = texts.experiment.empty() ? predictor : texts.experiment,
                   .name = predictor + ", " + options.recipe,
                   .resume = options.resume,
                   .warn = Warn},
                  clock);
  TrackStart(options, texts.rows, tracker);
  MetricsFile metrics(texts.metrics_file, predictor, options.recipe, clock);
  metrics.Set("running", 1);
  metrics.Set("failed", 0);
  WriteMetrics(metrics);
  options.on_epoch = [&](const EpochRecord& epoch) {
    ShowEpoch(epoch);
    TrackEpoch(epoch, tracker);
    ShowEpochTo(epoch, metrics);
  };
  const auto outcome = credence::train::RunTrain(options, clock);
  TrackEnd(outcome, tracker);
  ShowEndTo(outcome, metrics);
  if (!outcome) {
    Warn(outcome.error().message);
    return 1;
  }
  std::printf("validation accuracy  %.4f (epoch %d)\n", outcome->trained.validation.accuracy,
              outcome->trained.best_epoch);
  if (outcome->test) std::printf("test accuracy        %.4f\n", outcome->test->accuracy);
  std::printf("version              %s\n", outcome->version.c_str());
  std::fflush(stdout);  // the two may go into one file
  std::fprintf(stderr,
               "It says nothing yet of how far to believe it. Next, with pictures that it was not "
               "trained on:\n  credence calibrate --model %s --data DATA\n",
               (options.out / predictor).c_str());
  return 0;
}

// OpenMP's threads spin while they wait unless told before its library is loaded: beside busy
// neighbours that costs several-fold.
void RestartWithPassiveThreads(char** arguments) {
  if (std::getenv("OMP_WAIT_POLICY") != nullptr) return;
  setenv("OMP_WAIT_POLICY", "passive", 1);
  execv("/proc/self/exe", arguments);  // on failure it goes on as it is
}

// Keeps the memory of a step for the next one. Given back to the system and asked for again, as
// blocks of this size are by default, its page faults cost up to a third of the time.
void KeepMemory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the highest there is
  mallopt(M_TRIM_THRESHOLD, 1 << 30);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace

int main(int count, char** arguments) {
  RestartWithPassiveThreads(arguments);
  KeepMemory();
  TrainOptions options;
  Texts texts;
  CLI::App app("Trains a convolutional network and writes a version that credence serves.",
               "credence-train");
  AddOptions(app, options, texts);
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  }
  const auto rows = credence::data::ParseSlice(texts.rows);
  if (!rows) {
    std::fprintf(stderr, "credence-train: --rows: %s\n", rows.error().message.c_str());
    return 2;
  }
  options.rows = *rows;
  credence::data::OpenOptions read;
  if (const auto applied = Apply(texts.read, read); !applied) {
    std::fprintf(stderr, "credence-train: %s\n", applied.error().message.c_str());
    return 2;
  }
  options.layout = read.layout;
  options.transpose = read.transpose;
  options.first_label = read.first_label;
  if (texts.framing == "object") options.framing = credence::image::Framing::kObject;
  if (texts.input == "uint8") options.element = credence::train::InputElement::kUint8;
  options.tool = "credence-train " CREDENCE_VERSION;
  options.decode = [](credence::image::Bytes file, credence::image::Decoded& out) {
    return credence::image::Decode(file, {}, out);
  };
  options.stop = &stop;
  options.on_note = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
  if (isatty(STDERR_FILENO)) options.on_progress = ShowProgress;
  std::signal(SIGINT, [](int) { stop = true; });
  std::signal(SIGTERM, [](int) { stop = true; });
  return Run(options, texts);
}
