#include "image/content_share.h"

#include <algorithm>
#include <cstdlib>

namespace credence::image {
namespace {

constexpr int kMarginPercent = 5;  // of the object's longer side
constexpr int kMarginMin = 2;      // px

// Σ over columns [from, to) of the differences to the left and to the row above.
std::int64_t GradientOf(const std::uint8_t* row, const std::uint8_t* above, int from, int to) {
  int sum = 0;  // of at most 65,535 columns; the CPU has an instruction for it
  for (int x = std::max(from, 1); x < to; ++x) sum += std::abs(row[x] - row[x - 1]);
  if (above == nullptr) return sum;
  for (int x = from; x < to; ++x) sum += std::abs(row[x] - above[x]);
  return sum;
}

}  // namespace

double ContentShare(const ColourView& view, const Box& object, ContentShareScratch& scratch) {
  const int margin = std::max(kMarginMin, kMarginPercent * object.longest() / 100);
  const Box box = Intersection({0, 0, view.width(), view.height()}, Grown(object, margin));
  std::int64_t inside = 0;
  std::int64_t all = 0;
  const std::uint8_t* above = nullptr;
  for (int y = 0; y < view.height(); ++y) {
    const std::uint8_t* row = view.Row(y, scratch.row);
    if (y >= box.top && y < box.bottom) {
      const std::int64_t within = GradientOf(row, above, box.left, box.right);
      inside += within;
      all += within + GradientOf(row, above, 0, box.left) +
             GradientOf(row, above, box.right, view.width());
    } else {
      all += GradientOf(row, above, 0, view.width());
    }
    std::swap(scratch.row, scratch.above);
    above = row;
  }
  return all == 0 ? 1 : static_cast<double>(inside) / static_cast<double>(all);
}

}  // namespace credence::image
