#include "model/openvino/find_picture.h"

#include <algorithm>
#include <cmath>

#include "model/openvino/input_range.h"
#include "model/openvino/port_text.h"

namespace credence::model {
namespace {

constexpr std::int64_t kSideMin = 4;
constexpr std::int64_t kSideMax = 1 << 15;
constexpr std::int64_t kSquareSideMin = 8;  // of a flat input that is taken as a picture unasked

constexpr const char* kWanted =
    "; wanted is [-1, height, width] or [-1, height, width, channels] with 1 or 3 channels and "
    "fixed sides of 4 px or more: export the model with such an input";
constexpr const char* kSayIt = "; say what they are by --input-size HEIGHTxWIDTH";

bool IsChannels(const ov::Dimension& side) { return side == 1 || side == 3; }

std::string SizeText(const InputSize& size) {
  return std::to_string(size.height) + "x" + std::to_string(size.width) +
         (size.channels > 0 ? "x" + std::to_string(size.channels) : "");
}

// Reads one input; a refusal names it.
class InputReader {
 public:
  InputReader(const ov::Output<const ov::Node>& input, const std::optional<InputSize>& size)
      : input_(input), shape_(input.get_partial_shape()), size_(size) {}

  Result<Picture> Read() {
    const ov::element::Type type = input_.get_element_type();
    if (!type.is_real() && !type.is_integral_number()) {
      return Refuse("its values are not numbers", kWanted);
    }
    if (shape_.rank().is_dynamic()) return Refuse("its rank is not fixed", kWanted);
    picture_.spec.name = NameOf(input_);
    picture_.spec.channel_axis = shape_.size() == 4;
    // int8 goes through float, which holds its values exactly.
    picture_.spec.element = type.is_real() || type == ov::element::i8 ? image::ElementType::kFloat32
                                                                      : image::ElementType::kUint8;
    if (shape_.size() >= 2 && shape_[0].is_static()) {
      picture_.fixed_batch = static_cast<int>(shape_[0].get_length());
    }
    if (shape_.size() == 2) return ReadFlat();
    if (shape_.size() == 3 || shape_.size() == 4) return ReadSides();
    return Refuse("it has " + std::to_string(shape_.size()) + " axes", kWanted);
  }

 private:
  Error Refuse(const std::string& why, const char* way_on) const {
    return {Code::kInvalidArgument,
            "the input " + Describe(input_) + " is not a picture: " + why + way_on};
  }
  Error OtherSize() const {
    return {Code::kInvalidArgument, "the input " + Describe(input_) + " is not of the size " +
                                        SizeText(*size_) + " that --input-size says"};
  }

  Result<Picture> ReadSides() {
    std::ptrdiff_t row_axis = 1;
    std::int64_t channels = 1;
    if (picture_.spec.channel_axis) {
      const bool last = IsChannels(shape_[3]);
      if (!last && !IsChannels(shape_[1])) {
        return Refuse("neither its last nor its second axis is 1 or 3 channels", kWanted);
      }
      picture_.spec.layout = last ? image::Layout::kNhwc : image::Layout::kNchw;
      channels = shape_[last ? 3 : 1].get_length();
      row_axis = last ? 1 : 2;
    }
    const ov::Dimension& height = shape_[row_axis];
    const ov::Dimension& width = shape_[row_axis + 1];
    if (height.is_dynamic() || width.is_dynamic()) return Refuse("its sides are not fixed", kSayIt);
    if (size_ && (height != size_->height || width != size_->width ||
                  (size_->channels > 0 && channels != size_->channels))) {
      return OtherSize();
    }
    return Sized(height.get_length(), width.get_length(), channels);
  }

  // [n, H * W * C]: nothing but the count says what it is.
  Result<Picture> ReadFlat() {
    if (shape_[1].is_dynamic()) return Refuse("its length is not fixed", kSayIt);
    const std::int64_t values = shape_[1].get_length();
    if (size_) {
      const std::int64_t channels = std::max(1, size_->channels);
      if (values != std::int64_t{size_->height} * size_->width * channels) return OtherSize();
      picture_.spec.layout = size_->layout;
      return Sized(size_->height, size_->width, channels);
    }
    const auto side =
        static_cast<std::int64_t>(std::lround(std::sqrt(static_cast<double>(values))));
    const bool numbers =
        input_.get_element_type().size() > 1 && !input_.get_element_type().is_real();
    if (side * side != values || side < kSquareSideMin || numbers) {
      return Refuse(
          "it has 2 axes, and its " + std::to_string(values) + " values are no square of levels",
          "; if they are a picture, say so by --input-size HEIGHTxWIDTH, "
          "HEIGHTxWIDTHxCHANNELS or CHANNELSxHEIGHTxWIDTH");
    }
    const std::string text = std::to_string(side);
    picture_.assumed.push_back("the " + std::to_string(values) +
                               " values of the input are the rows of a square (--input-size " +
                               text + "x" + text + ")");
    return Sized(side, side, 1);
  }

  Result<Picture> Sized(std::int64_t height, std::int64_t width, std::int64_t channels) {
    if (std::min(height, width) < kSideMin || std::max(height, width) > kSideMax) {
      return Refuse("its sides are out of range", kWanted);
    }
    picture_.spec.height = static_cast<int>(height);
    picture_.spec.width = static_cast<int>(width);
    picture_.spec.channels = static_cast<int>(channels);
    return picture_;
  }

  const ov::Output<const ov::Node> input_;
  const ov::PartialShape shape_;
  const std::optional<InputSize> size_;
  Picture picture_;
};

}  // namespace

Result<Picture> FindPicture(const ov::Model& model, const std::optional<InputSize>& size) {
  const auto inputs = model.inputs();
  if (inputs.size() != 1) {
    return Error{Code::kInvalidArgument,
                 "the model has " + std::to_string(inputs.size()) + " inputs (" +
                     DescribeAll(inputs) +
                     "); the limit is one, the picture: export a signature that takes only it"};
  }
  Result<Picture> picture = InputReader(inputs[0], size).Read();
  if (!picture.ok()) return picture;
  picture->spec.range = ReadInputRange(model);
  if (!picture->spec.range && inputs[0].get_element_type() == ov::element::i8) {
    picture->spec.range = image::MakeRange("-128..127", -128, 127);
    picture->spec.range_is_guess = true;
  }
  return picture;
}

void FixSides(ov::Model& model, const InputSize& size) {
  if (model.inputs().size() != 1) return;
  ov::PartialShape shape = model.input().get_partial_shape();
  if (shape.rank().is_dynamic()) return;
  const auto fix = [&shape](std::ptrdiff_t axis, std::int64_t length) {
    if (shape[axis].is_dynamic()) shape[axis] = length;
  };
  if (shape.size() == 2) {
    fix(1, std::int64_t{size.height} * size.width * std::max(1, size.channels));
  } else if (shape.size() == 3 || shape.size() == 4) {
    const bool planes = shape.size() == 4 && !IsChannels(shape[3]) && IsChannels(shape[1]);
    const std::ptrdiff_t row_axis = planes ? 2 : 1;
    fix(row_axis, size.height);
    fix(row_axis + 1, size.width);
    if (shape.size() == 4 && !planes && size.channels > 0) fix(3, size.channels);
  }
  model.reshape(shape);
}

}  // namespace credence::model
