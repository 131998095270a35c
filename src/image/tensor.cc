#include <algorithm>
#include <cmath>

#include "image/adapt.h"

namespace credence::image {
namespace {

std::size_t Samples(const InputContract& contract) {
  return static_cast<std::size_t>(contract.height) * static_cast<std::size_t>(contract.width) *
         static_cast<std::size_t>(contract.channels);
}

float AsElement(float value, const float*) { return value; }
std::uint8_t AsElement(float value, const std::uint8_t*) {
  return static_cast<std::uint8_t>(std::clamp(std::lround(value), 0L, 255L));
}

// `count` levels, `from_step` apart, to elements `to_step` apart.
template <class Element>
void WriteChannel(const std::uint8_t* __restrict from, std::size_t from_step,
                  Element* __restrict to, std::size_t to_step, std::size_t count, float scale,
                  float offset, int flip) {
  for (std::size_t i = 0; i < count; ++i) {
    // 255 - v == 255 ^ v for a byte.
    const auto level = static_cast<float>(from[i * from_step] ^ flip);
    to[i * to_step] = AsElement(scale * level + offset, to);
  }
}

template <class Element>
void Write(const Pixels& canonical, const InputContract& contract, Element* out) {
  const auto channels = static_cast<std::size_t>(contract.channels);
  const std::size_t area = Samples(contract) / channels;
  const bool planar = contract.layout == Layout::kNchw;
  const int flip = contract.range.inverted ? 255 : 0;
  for (std::size_t c = 0; c < channels; ++c) {
    // The values of a range are in the order of the picture's channels.
    const float scale = contract.range.scale[c];
    const float offset = contract.range.offset[c];
    const std::uint8_t* from = canonical.data.data() + c;
    const std::size_t place = contract.channel_order == ChannelOrder::kBgr ? channels - 1 - c : c;
    Element* to = planar ? out + place * area : out + place;
    if (channels == 1) {  // with steps that the compiler knows: vectorised
      WriteChannel(from, 1, to, 1, area, scale, offset, flip);
    } else {
      WriteChannel(from, channels, to, planar ? 1 : channels, area, scale, offset, flip);
    }
  }
}

}  // namespace

std::size_t TensorBytes(const InputContract& contract) {
  const std::size_t element = contract.element == ElementType::kFloat32 ? sizeof(float) : 1;
  return Samples(contract) * element;
}

void WriteTensor(const Pixels& canonical, const InputContract& contract, std::byte* out) {
  if (contract.element == ElementType::kFloat32) {
    Write(canonical, contract, reinterpret_cast<float*>(out));
  } else {
    Write(canonical, contract, reinterpret_cast<std::uint8_t*>(out));
  }
}

}  // namespace credence::image
