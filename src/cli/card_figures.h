// What a report card says of a version, as figures that `credence promote` holds requirements
// against. Threads: pure.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "reliability/profile.h"
#include "serving/requirement.h"

namespace credence::cli {

struct CardFigure {
  reliability::Estimate estimate;
  // Where the interval comes from: "certified, confidence 95 %", "95 % interval, 5000 pictures".
  std::string basis;
};

// By name. Besides the card's own figures, such as "verdicts.reliable" and "confidence.nll":
//   risk      share of wrong answers among the reliable ones: the certified one of a profile, the
//             measured one of a report
//   reliable, uncertain, unfamiliar, errors, ece, coverage
using CardFigures = std::map<std::string, CardFigure, std::less<>>;

// Of the card that calibration stored in the profile.
CardFigures FiguresOf(const reliability::Profile& profile);

// Of what `credence evaluate --json` or `calibrate --json` printed.
// Errors: kDataLoss - no JSON object with a card.
Result<CardFigures> ParseReport(std::string_view text);

struct CheckedRequirement {
  serving::Requirement requirement;
  CardFigure figure;
  double bound = 0;  // what is compared: the interval's far end, or the value where there is none
  bool holds = false;
};

// Holds each against the end of its figure's interval that is worse for it: the upper one for "<=",
// the lower one for ">=". A figure that is not defined fulfils nothing.
// Errors: kInvalidArgument - an unknown name; the message lists the known ones.
Result<std::vector<CheckedRequirement>> Check(const std::vector<serving::Requirement>& requirements,
                                              const CardFigures& figures);

}  // namespace credence::cli
