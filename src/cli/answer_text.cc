#include "cli/answer_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <optional>
#include <string_view>

#include "predictor/words.h"

namespace credence::cli {
namespace {

constexpr int kBarWidth = 40;
constexpr int kViewWidthMax = 100;

std::string_view ColourOf(reliability::Verdict verdict) {
  switch (verdict) {
    case reliability::Verdict::kReliable:
      return "\x1b[32m";
    case reliability::Verdict::kUncertain:
      return "\x1b[33m";
    case reliability::Verdict::kUnfamiliar:
      return "\x1b[31m";
    case reliability::Verdict::kUnassessed:
      return "\x1b[2m";
  }
  return "";
}

std::string Percent(float share) {
  char text[16];
  std::snprintf(text, sizeof text, "%7.2f%%", 100.0 * static_cast<double>(share));
  return text;
}

std::string Bar(float share) {
  std::string bar;
  const int eighths = static_cast<int>(share * kBarWidth * 8 + 0.5f);
  for (int i = 0; i < eighths / 8; ++i) bar.append("█");
  constexpr const char* kPart[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  return bar.append(kPart[eighths % 8]);
}

// The signals, the least usual first, and what the picture resembles.
std::string ExplanationText(const predictor::Predictor& predictor,
                            const predictor::Explanation& explanation) {
  const reliability::Signals& value = explanation.standardised;
  std::vector<std::size_t> order;
  for (std::size_t j = 0; j < value.size(); ++j) {
    if (!std::isnan(value[j])) order.push_back(j);
  }
  std::ranges::stable_sort(order,
                           [&](std::size_t a, std::size_t b) { return value[a] < value[b]; });
  std::string out = "  why:\n";
  char number[16];
  for (const std::size_t j : order) {
    std::snprintf(number, sizeof number, "%6.1f", value[j]);
    out.append("  ").append(number).append("  ").append(predictor::SignalSentence(j, value[j]));
    out.append("\n");
  }
  for (const predictor::Similar& similar : explanation.similar) {
    const auto label =
        static_cast<std::size_t>(predictor.similar()->pictures().label[similar.picture]);
    std::snprintf(number, sizeof number, "%.4f", static_cast<double>(similar.distance));
    out.append(out.ends_with(")") ? ", " : "  most similar known pictures: ");
    out.append(predictor.labels()[label]).append(" (distance ").append(number).append(")");
  }
  if (!explanation.similar.empty()) out.append("\n");
  return out;
}

// Of a picture or a field.
struct Said {
  std::string_view title, label;
  reliability::Verdict verdict = reliability::Verdict::kUnassessed;
  float confidence = 0;  // with a profile
  std::optional<float> certified_risk, familiarity;
};
std::string FirstLine(const Said& said, const predictor::Predictor& predictor,
                      const TextOptions& options) {
  std::string out(said.title);
  out.append(": ").append(said.label).append("  ");
  if (options.colour) out.append(ColourOf(said.verdict));
  out.append(reliability::VerdictName(said.verdict));
  if (options.colour) out.append("\x1b[0m");
  if (predictor.profile() != nullptr) {
    const double confidence = static_cast<double>(said.confidence);
    out.append("  confidence ");
    out.append(predictor::ConfidenceText(confidence, *predictor.profile()));
  }
  if (said.certified_risk) {
    char risk[40];
    std::snprintf(risk, sizeof risk, "  certified risk %g%%",
                  100 * static_cast<double>(*said.certified_risk));
    out.append(risk);
  }
  if (said.familiarity) out.append("  familiarity" + Percent(*said.familiarity));
  return out + "  (" + predictor.name() + " version " + std::to_string(predictor.version()) + ")\n";
}

std::optional<float> ToFloat(const std::optional<double>& value) {
  return value ? std::optional(static_cast<float>(*value)) : std::nullopt;
}

}  // namespace

std::string FieldText(const predictor::Predictor& predictor, const predictor::FieldAnswer& field,
                      std::size_t length, const TextOptions& options) {
  const reliability::FieldAssessment& assessment = field.assessment;
  const std::string title = "field of " + std::to_string(length);
  std::string out = FirstLine({.title = title,
                               .label = field.label,
                               .verdict = assessment.verdict,
                               .confidence = static_cast<float>(assessment.confidence),
                               .certified_risk = ToFloat(assessment.certified_risk),
                               .familiarity = ToFloat(assessment.familiarity)},
                              predictor, options);
  for (const reliability::FieldNote& note : assessment.notes) {
    out.append("  ").append(predictor::FieldNoteText(note, predictor, length)).append("\n");
  }
  return out;
}

std::string AnswerText(const std::string& title, const predictor::Predictor& predictor,
                       const predictor::Answer& answer, const TextOptions& options) {
  const predictor::Prediction& prediction = answer.prediction;
  const auto& labels = predictor.labels();
  const auto top = static_cast<std::size_t>(prediction.label);
  std::string out = FirstLine({.title = title,
                               .label = labels[top],
                               .verdict = prediction.verdict,
                               .confidence = prediction.confidence.value_or(0),
                               .certified_risk = prediction.certified_risk,
                               .familiarity = prediction.familiarity},
                              predictor, options);
  for (const std::string& clause : predictor.assumed()) {
    out.append("  assumed: ").append(clause).append("\n");
  }
  for (const reliability::Reason reason : prediction.reasons) {
    out.append("  ").append(predictor::ReasonText(reason, predictor, answer)).append("\n");
  }

  std::vector<std::size_t> order(labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (static_cast<int>(order.size()) > options.classes_max) {
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      return prediction.prediction[a] > prediction.prediction[b];
    });
    order.resize(static_cast<std::size_t>(options.classes_max));
  }
  std::size_t width = 0;
  for (const std::size_t k : order) width = std::max(width, labels[k].size());
  for (const std::size_t k : order) {
    out.append("  ").append(labels[k]).append(width - labels[k].size(), ' ');
    out.append(Percent(prediction.prediction[k]))
        .append("  ")
        .append(Bar(prediction.prediction[k]));
    out.append("\n");
  }
  std::string steps;
  for (const image::Adaptation& adaptation : answer.adapted.adaptations) {
    steps.append(steps.empty() ? "" : ", ").append(image::Describe(adaptation));
  }
  out.append("  picture: ").append(steps).append("\n");
  if (prediction.explanation) out.append(ExplanationText(predictor, *prediction.explanation));
  if (options.view) out.append(HalfBlocks(answer.adapted.canonical, options.colour));
  return out;
}

std::string HalfBlocks(const image::Pixels& picture, bool colour) {
  const int step = (picture.width + kViewWidthMax - 1) / kViewWidthMax;
  const auto level = [&](int x, int y, int c) -> int {
    if (y >= picture.height) return 0;
    const int channel = picture.channels >= 3 ? c : 0;
    return picture.row(y)[x * picture.channels + channel];
  };
  std::string out;
  for (int y = 0; y < picture.height; y += 2 * step) {
    for (int x = 0; x < picture.width; x += step) {
      if (colour) {
        char text[64];
        std::snprintf(text, sizeof text, "\x1b[38;2;%d;%d;%d;48;2;%d;%d;%dm▀", level(x, y, 0),
                      level(x, y, 1), level(x, y, 2), level(x, y + step, 0), level(x, y + step, 1),
                      level(x, y + step, 2));
        out.append(text);
      } else {
        constexpr const char* kShades[] = {" ", "░", "▒", "▓", "█"};
        const int mean = (level(x, y, 1) + level(x, y + step, 1)) / 2;
        out.append(kShades[mean * 5 / 256]);
      }
    }
    out.append(colour ? "\x1b[0m\n" : "\n");
  }
  return out;
}

}  // namespace credence::cli
