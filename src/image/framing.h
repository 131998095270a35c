// Framing finds the one object of a picture and places it on the contract's background, as it is
// placed in the model's own data. Calibration uses the same measures to learn a contract.
//
// Threads: pure functions; FramingScratch is confined to the caller's thread.
#pragma once

#include <optional>
#include <vector>

#include "image/colour.h"
#include "image/components.h"
#include "image/ink.h"
#include "image/input_contract.h"
#include "image/pixels.h"
#include "image/resize.h"

namespace credence::image {

// ---- Measures of one picture. `grey` has 1 channel and is not empty.

// The level that most of the outermost ring of pixels has: its median.
int BorderLevel(const Pixels& picture);

// Share of the outermost ring's samples within 16 levels of `level`, 0..1. Any channels.
double BorderShare(const Pixels& picture, int level);

// The box of what differs from `background` by half of what the picture's strongest pixel does;
// empty when the picture is constant.
Box ContentBox(const Pixels& grey, int background);

// Centre of mass of |level - background|, px from the left and top edge of the picture; its middle
// when it is constant.
struct Point {
  double x = 0, y = 0;
};
Point CentreOfMass(const Pixels& grey, int background);

// Mean width, px, of strokes: those pixels of `levels` > threshold. 0 when there are none.
double StrokeWidth(const Pixels& levels, int threshold);

// ---- Steps.

// Makes strokes wider by `radius` px to each side: each pixel becomes the strongest near it.
void Thicken(Pixels& levels, int radius, Pixels& scratch);

// Writes a width x height picture of `level` with `part` on it at left, top; what lies outside is
// cut off.
struct Canvas {
  int width = 0, height = 0;
  int level = 0;
};
void Paste(const Pixels& part, int left, int top, const Canvas& canvas, Pixels& out);

// The side to which a large picture is reduced before its object is looked for, px.
inline constexpr int kFramingSide = 256;

struct FramingScratch {
  Pixels grey, spare, part;
  Ink ink;
  InkScratch ink_scratch;
  Components components;
  Object object;
  ResizeScratch resize;
};

// What FrameObject did.
struct Framed {
  bool blank = false;         // no content was found; the fields below are not set
  bool flattened = false;     // the background was not the plain one of the polarity
  bool inverted = false;      // the picture's polarity was not the contract's
  Box box;                    // of the object, in `view`
  std::vector<Box> others;    // left out: other objects of comparable size, in `view`
  bool cut_off = false;       // with a `ground`: the object reaches the picture's edge
  int thickened_px = 0;       // to each side, in `view`
  int width = 0, height = 0;  // of the object in `out`
};

// Finds the object of `view` and writes it to `out` (contract height x width, 1 channel) on the
// contract's background (0 when it has none). ground: the level of the picture's even background
// when it is known to be the contract's, and so is the polarity; then the object is moved, and
// scaled when it has not the size of the contract's objects, and otherwise left as it is.
// REQUIRES: view.channels() == 1; with a `ground` the view has the contract's size, and the
// contract a spread. Cost: `view` is read once or twice; all other work is on at most kFramingSide
// px a side.
Framed FrameObject(const ColourView& view, std::optional<int> ground, const InputContract& contract,
                   FramingScratch& scratch, Pixels& out);

}  // namespace credence::image
