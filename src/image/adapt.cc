#include "image/adapt.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>

#include "image/colour.h"
#include "image/content_share.h"
#include "image/framing.h"
#include "image/placement.h"
#include "image/resize.h"

namespace credence::image {

struct AdaptScratch::Buffers {
  ResizeScratch resize;
  FramingScratch framing;
  ContentShareScratch content_share;
  Pixels content;  // before its channels are copied
  Pixels part;     // before it is pasted
};

AdaptScratch::AdaptScratch() : buffers_(std::make_unique<Buffers>()) {}
AdaptScratch::~AdaptScratch() = default;
AdaptScratch::AdaptScratch(AdaptScratch&&) noexcept = default;
AdaptScratch& AdaptScratch::operator=(AdaptScratch&&) noexcept = default;

namespace {

using Step = Adaptation::Step;

// A picture of the contract's size is left alone when this share of its border has the contract's
// background (then its polarity is the contract's) and something stands out from it.
constexpr double kOwnBorderShareMin = 0.25;
constexpr int kContentMin = 32;  // levels: less is an empty page

// How a picture of the contract's size stands to what the model knows.
enum class Standing {
  kAsContracted,  // it is left alone
  kElsewhere,     // background and polarity are the contract's, but its object lies elsewhere
  kForeign,       // of another background, or empty
};

Standing StandingOf(const Pixels& picture, const InputContract& contract, Pixels& grey) {
  if (contract.framing == Framing::kWhole || !contract.background) return Standing::kAsContracted;
  const int background = *contract.background;
  const bool known = BorderShare(picture, background) >= kOwnBorderShareMin &&
                     std::ranges::any_of(picture.data, [=](std::uint8_t level) {
                       return std::abs(level - background) >= kContentMin;
                     });
  if (!known) return Standing::kForeign;
  if (!contract.object.spread) return Standing::kAsContracted;
  Materialise(ColourView(picture, 1), grey);
  const bool within = IsWithin(*contract.object.spread, PlacementOf(grey, background));
  return within ? Standing::kAsContracted : Standing::kElsewhere;
}

bool IsElongated(int width, int height, const InputContract& contract) {
  if (width == contract.width && height == contract.height) return false;
  return std::max(width, height) > std::int64_t{kAspectMax} * std::min(width, height);
}

// `coloured`: the file has colours that decoding has dropped.
void ReportColour(const ColourView& view, bool coloured, std::vector<Adaptation>& report) {
  if (view.backdrop() != Backdrop::kNone) {
    report.push_back({.step = Step::kComposite,
                      .text = view.backdrop() == Backdrop::kWhite ? "white" : "black"});
  }
  if (coloured || view.drops_colour()) report.push_back({.step = Step::kGrey});
}

// Puts `content` (grey or RGB) into out.canonical, with the contract's number of channels.
void TakeContent(Pixels& content, const InputContract& contract, Adapted& out) {
  if (content.channels == contract.channels) {
    std::swap(out.canonical, content);
    return;
  }
  CopyChannels(content, contract.channels, out.canonical);
  out.adaptations.push_back({.step = Step::kChannels, .value = contract.channels});
}

void AdaptWhole(const ColourView& view, const InputContract& contract,
                AdaptScratch::Buffers& buffers, Adapted& out) {
  const FitPlan plan =
      PlanFit(contract.fit, view.width(), view.height(), contract.width, contract.height);
  const bool padded = plan.width != contract.width || plan.height != contract.height;
  Pixels& content = buffers.content;
  if (padded) {
    Resize(view, plan.region, plan.width, plan.height, buffers.resize, buffers.part);
    Paste(buffers.part, plan.left, plan.top,
          {contract.width, contract.height, contract.background.value_or(0)}, content);
  } else {
    Resize(view, plan.region, plan.width, plan.height, buffers.resize, content);
  }
  out.adaptations.push_back({.step = Step::kResize,
                             .from = {view.width(), view.height()},
                             .to = {plan.width, plan.height}});
  TakeContent(content, contract, out);
}

Adaptation BoxStep(Step step, const Box& box) {
  return {.step = step, .box = {box.left, box.top, box.width(), box.height()}};
}

// ground: of a picture that has the contract's.
void AdaptObject(const ColourView& view, std::optional<int> ground, const InputContract& contract,
                 AdaptScratch::Buffers& buffers, Adapted& out) {
  const Framed framed = FrameObject(view, ground, contract, buffers.framing, buffers.content);
  std::vector<Adaptation>& report = out.adaptations;
  if (framed.blank) {
    out.blank = true;
    report.push_back({.step = Step::kBlank});
  } else {
    if (framed.flattened) report.push_back({.step = Step::kFlatten});
    if (framed.inverted) report.push_back({.step = Step::kInvert});
    const Box& box = framed.box;
    report.push_back(BoxStep(Step::kFrame, box));
    for (const Box& other : framed.others) report.push_back(BoxStep(Step::kLeftOut, other));
    out.several = !framed.others.empty();
    out.cut_off = framed.cut_off;
    out.outside = ContentShare(view, box, buffers.content_share) < kContentShareMin;
    if (framed.thickened_px > 0) {
      report.push_back({.step = Step::kThicken, .value = framed.thickened_px});
    }
    const std::array<int, 2> from = {box.width(), box.height()};
    const std::array<int, 2> to = {framed.width, framed.height};
    if (from != to) report.push_back({.step = Step::kResize, .from = from, .to = to});
  }
  TakeContent(buffers.content, contract, out);
}

void AdaptPixels(const Pixels& pixels, bool coloured, const InputContract& contract,
                 AdaptScratch& scratch, Adapted& out) {
  AdaptScratch::Buffers& buffers = scratch.buffers();
  std::optional<int> ground;
  if (pixels.width == contract.width && pixels.height == contract.height) {
    const ColourView view(pixels, contract.channels);
    Materialise(view, buffers.content);
    const Standing standing = StandingOf(buffers.content, contract, buffers.part);
    if (standing == Standing::kAsContracted) {
      ReportColour(view, coloured, out.adaptations);
      TakeContent(buffers.content, contract, out);
      return;
    }
    if (standing == Standing::kElsewhere) ground = contract.background;
  }
  const bool whole = contract.framing == Framing::kWhole;
  const ColourView view(pixels, whole ? contract.channels : 1);
  ReportColour(view, coloured, out.adaptations);
  if (whole) {
    AdaptWhole(view, contract, buffers, out);
  } else {
    AdaptObject(view, ground, contract, buffers, out);
  }
}

// origin: kDecode or kArray, with the size of the picture as it was sent.
void Start(const Adaptation& origin, const InputContract& contract, Adapted& out) {
  out.adaptations.clear();
  out.adaptations.push_back(origin);
  out.blank = false;
  out.several = out.cut_off = out.outside = false;
  out.elongated = IsElongated(origin.width, origin.height, contract);
}

}  // namespace

void Adapt(const Decoded& decoded, const InputContract& contract, AdaptScratch& scratch,
           Adapted& out) {
  Start({.step = Step::kDecode,
         .width = decoded.source.width,
         .height = decoded.source.height,
         .channels = decoded.source.channels,
         .text = FormatName(decoded.source.format)},
        contract, out);
  if (decoded.orientation > 1) {
    out.adaptations.push_back({.step = Step::kOrient, .value = decoded.orientation});
  }
  const bool coloured = decoded.source.channels >= 3 && decoded.pixels.channels < 3;
  AdaptPixels(decoded.pixels, coloured, contract, scratch, out);
}

void Adapt(const Pixels& pixels, const Adaptation& origin, const InputContract& contract,
           AdaptScratch& scratch, Adapted& out) {
  Start(origin, contract, out);
  AdaptPixels(pixels, false, contract, scratch, out);
}

}  // namespace credence::image
