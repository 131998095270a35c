// Adapt brings a decoded picture to what the input contract wants, and reports each step.
//
// Reports every change to the picture as an Adaptation. A picture that already has the contract's
// size, channels and background is not changed at all, if its object lies where the contract's do.
// Threads: pure; AdaptScratch is confined to the caller's thread.
#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <vector>

#include "base/json_writer.h"
#include "image/decode.h"
#include "image/input_contract.h"
#include "image/pixels.h"

namespace credence::image {

// One thing done to the picture. Fields without meaning for a step stay 0 / empty.
struct Adaptation {
  enum class Step {
    kDecode,     // text: format; width, height, channels: of the file
    kArray,      // numbers were sent; width, height, channels; text: the range as recognised
    kReshape,    // shape: of the numbers as they were sent, when it was not that picture's
    kOrient,     // value: Exif orientation 2..8
    kComposite,  // text: "white" or "black", the background that alpha was composited over
    kGrey,       // colour -> grey, ITU-R 601
    kChannels,   // grey -> value channels by copying
    kFlatten,    // uneven light or paper tone removed
    kInvert,     // polarity turned to the contract's
    kFrame,      // box: left, top, width, height of the object in the upright picture
    kLeftOut,    // box: another object of comparable size that the model does not see
    kThicken,    // value: by how many pixels at the picture's size before resizing
    kBlank,      // no content found; the picture is the contract's background
    kResize,     // from: [width, height], to: [width, height]
  };
  Step step;
  int width = 0, height = 0, channels = 0;
  int value = 0;
  std::array<int, 4> box = {};
  std::array<int, 2> from = {}, to = {};
  std::array<int, 8> shape = {};  // outermost first; 0 behind the last
  std::string_view text = {};     // static storage

  friend bool operator==(const Adaptation&, const Adaptation&) = default;
};

// Appends e.g. {"step":"resize","from":[140,188],"to":[28,28]}.
void WriteJson(const Adaptation& adaptation, JsonWriter& json);

// The same in words for a terminal: "resize 140x188 -> 28x28".
std::string Describe(const Adaptation& adaptation);

// A picture whose longest side is over so many times its shortest is never taken for a known one.
inline constexpr int kAspectMax = 20;

// What the model will see, before numeric scaling. Reuse one object per thread.
struct Adapted {
  Pixels canonical;                     // contract height x width x channels
  std::vector<Adaptation> adaptations;  // in order; includes kDecode first when `source` was a file
  bool blank = false;                   // no content was found
  bool several = false;                 // an object of comparable size was left out
  bool elongated = false;               // over kAspectMax, and not a picture of the contract's size
  bool cut_off = false;  // of the contract's size, framed, and its object reaches the edge
  bool outside = false;  // framed, and most of what the picture shows lies outside of the object

  // Whether an answer about it is never taken for certain.
  bool doubtful() const { return several || elongated || cut_off || outside; }
};

// Buffers for intermediate pictures, reused between calls.
class AdaptScratch {
 public:
  AdaptScratch();
  ~AdaptScratch();
  AdaptScratch(AdaptScratch&&) noexcept;
  AdaptScratch& operator=(AdaptScratch&&) noexcept;
  struct Buffers;
  Buffers& buffers() { return *buffers_; }

 private:
  std::unique_ptr<Buffers> buffers_;
};

// Appends kDecode (and kOrient) for `decoded`, then adapts its pixels.
// REQUIRES: decoded.pixels is not empty; contract sizes >= 1, channels 1 or 3.
void Adapt(const Decoded& decoded, const InputContract& contract, AdaptScratch& scratch,
           Adapted& out);

// The same for pixels that did not come from a file; `origin` (a kArray) is reported first.
void Adapt(const Pixels& pixels, const Adaptation& origin, const InputContract& contract,
           AdaptScratch& scratch, Adapted& out);

// Bytes of one picture's tensor: height x width x channels x element size.
std::size_t TensorBytes(const InputContract& contract);

// Writes the canonical picture as the model's tensor, in the contract's layout, type and range.
// REQUIRES: canonical has the contract's shape; out has TensorBytes(contract) bytes, aligned to 4.
void WriteTensor(const Pixels& canonical, const InputContract& contract, std::byte* out);

// The picture as a PNG file (for view=true). grey or RGB.
std::vector<std::uint8_t> EncodePng(const Pixels& pixels);

}  // namespace credence::image
