#include "image/adapt.h"

#include <algorithm>
#include <cstdlib>

#include "image/colour.h"
#include "image/framing.h"
#include "image/resize.h"

namespace credence::image {

struct AdaptScratch::Buffers {
  ResizeScratch resize;
  FramingScratch framing;
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

bool HasContractSize(const Pixels& pixels, const InputContract& contract) {
  return pixels.width == contract.width && pixels.height == contract.height;
}

// Whether a picture of the contract's size is what the model knows, so that it is left alone.
bool IsAsContracted(const Pixels& pixels, const InputContract& contract) {
  if (contract.framing == Framing::kWhole || !contract.background) return true;
  const int background = *contract.background;
  return BorderShare(pixels, background) >= kOwnBorderShareMin &&
         std::any_of(pixels.data.begin(), pixels.data.end(), [=](std::uint8_t level) {
           return std::abs(level - background) >= kContentMin;
         });
}

void ReportColour(const ColourView& view, std::vector<Adaptation>& report) {
  if (view.backdrop() != Backdrop::kNone) {
    report.push_back({.step = Step::kComposite,
                      .text = view.backdrop() == Backdrop::kWhite ? "white" : "black"});
  }
  if (view.drops_colour()) report.push_back({.step = Step::kGrey});
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

void AdaptObject(const ColourView& view, const InputContract& contract,
                 AdaptScratch::Buffers& buffers, Adapted& out) {
  const Framed framed = FrameObject(view, contract, buffers.framing, buffers.content);
  std::vector<Adaptation>& report = out.adaptations;
  if (framed.blank) {
    out.blank = true;
    report.push_back({.step = Step::kBlank});
  } else {
    if (framed.flattened) report.push_back({.step = Step::kFlatten});
    if (framed.inverted) report.push_back({.step = Step::kInvert});
    const Box& box = framed.box;
    report.push_back({.step = Step::kFrame, .box = {box.left, box.top, box.width(), box.height()}});
    if (framed.thickened_px > 0) {
      report.push_back({.step = Step::kThicken, .value = framed.thickened_px});
    }
    report.push_back({.step = Step::kResize,
                      .from = {box.width(), box.height()},
                      .to = {framed.width, framed.height}});
  }
  TakeContent(buffers.content, contract, out);
}

void AdaptPixels(const Pixels& pixels, const InputContract& contract, AdaptScratch& scratch,
                 Adapted& out) {
  out.blank = false;
  const bool same_size = HasContractSize(pixels, contract);
  if (same_size && pixels.channels == contract.channels && IsAsContracted(pixels, contract)) {
    out.canonical = pixels;
    return;
  }
  AdaptScratch::Buffers& buffers = scratch.buffers();
  if (same_size) {
    const ColourView view(pixels, contract.channels);
    Materialise(view, buffers.content);
    if (IsAsContracted(buffers.content, contract)) {
      ReportColour(view, out.adaptations);
      TakeContent(buffers.content, contract, out);
      return;
    }
  }
  const bool whole = contract.framing == Framing::kWhole;
  const ColourView view(pixels, whole ? contract.channels : 1);
  ReportColour(view, out.adaptations);
  if (whole) {
    AdaptWhole(view, contract, buffers, out);
  } else {
    AdaptObject(view, contract, buffers, out);
  }
}

void Start(const Adaptation& origin, Adapted& out) {
  out.adaptations.clear();
  out.adaptations.push_back(origin);
}

}  // namespace

void Adapt(const Decoded& decoded, const InputContract& contract, AdaptScratch& scratch,
           Adapted& out) {
  Start({.step = Step::kDecode,
         .width = decoded.source.width,
         .height = decoded.source.height,
         .channels = decoded.source.channels,
         .text = FormatName(decoded.source.format)},
        out);
  if (decoded.orientation > 1) {
    out.adaptations.push_back({.step = Step::kOrient, .value = decoded.orientation});
  }
  AdaptPixels(decoded.pixels, contract, scratch, out);
}

void Adapt(const Pixels& pixels, const Adaptation& origin, const InputContract& contract,
           AdaptScratch& scratch, Adapted& out) {
  Start(origin, out);
  AdaptPixels(pixels, contract, scratch, out);
}

}  // namespace credence::image
