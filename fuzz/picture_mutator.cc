// What libFuzzer calls to change a picture: a piece of it, as its format cuts it (pictures.h), or
// an entry of a TIFF's directory. One change in four knows nothing of formats, as all do to other
// files.
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <random>
#include <utility>

#include "fuzz/pictures.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace credence::fuzz {
namespace {

using Random = std::minstd_rand;

std::size_t Below(Random& random, std::size_t bound) { return random() % bound; }

constexpr std::size_t kGrowthMax = 64;  // bytes, by one change

void MutateBuffer(Buffer& buffer) {
  const std::size_t size = buffer.size();
  buffer.resize(size + kGrowthMax);
  buffer.resize(LLVMFuzzerMutate(buffer.data(), size, buffer.size()));
}

// REQUIRES: pieces is not empty.
void MutatePieces(std::vector<Piece>& pieces, Random& random) {
  const std::size_t at = Below(random, pieces.size());
  Piece& piece = pieces[at];
  const auto place = pieces.begin() + static_cast<std::ptrdiff_t>(at);
  switch (Below(random, 10)) {
    case 0:
      pieces.erase(place);
      break;
    case 1: {
      const auto to = static_cast<std::ptrdiff_t>(Below(random, pieces.size() + 1));
      pieces.insert(pieces.begin() + to, Piece(piece));
      break;
    }
    case 2:
      std::swap(piece, pieces[Below(random, pieces.size())]);
      break;
    case 3:
      piece.body.resize(Below(random, piece.body.size() + 1));
      break;
    case 4:
      // Of the same length: what is longer would be read as body.
      if (!piece.head.empty()) {
        LLVMFuzzerMutate(piece.head.data(), piece.head.size(), piece.head.size());
      }
      break;
    default:
      MutateBuffer(piece.body);
  }
}

// Puts `file` into data[0, max_size); 0 when it does not fit.
std::size_t Give(const Buffer& file, std::uint8_t* data, std::size_t max_size) {
  if (file.size() > max_size) return 0;
  std::copy(file.begin(), file.end(), data);
  return file.size();
}

std::size_t MutateContainer(const Container& container, std::uint8_t* data, std::size_t size,
                            std::size_t max_size, Random& random) {
  std::vector<Piece> pieces = container.split({data, size}, Below(random, 4) != 0);
  if (pieces.empty()) return 0;
  MutatePieces(pieces, random);
  return Give(container.join(pieces), data, max_size);
}

// Tag, type, count or value of one entry becomes another's, a small number, or what libFuzzer
// likes.
void MutateTiffEntry(const std::vector<std::size_t>& entries, std::uint8_t* data, Random& random) {
  static constexpr std::array<std::pair<std::size_t, std::size_t>, 4> kFields = {
      {{0, 2}, {2, 2}, {4, 4}, {8, 4}}};  // where in the entry, how wide
  const auto [offset, width] = kFields[Below(random, kFields.size())];
  std::uint8_t* const field = data + entries[Below(random, entries.size())] + offset;
  const std::uint8_t* const other = data + entries[Below(random, entries.size())] + offset;
  switch (Below(random, 3)) {
    case 0:
      std::copy_n(other, width, field);
      break;
    case 1: {
      const bool big = data[0] == 'M';
      const bool in_front = width == 4 && Below(random, 2) == 0;  // a SHORT value stands in front
      const std::size_t low = !big ? 0 : in_front ? 1 : width - 1;
      std::fill_n(field, width, std::uint8_t{0});
      field[low] = static_cast<std::uint8_t>(Below(random, 40));
      break;
    }
    default:
      LLVMFuzzerMutate(field, width, width);
  }
}

}  // namespace
}  // namespace credence::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t max_size, unsigned int seed) {
  using namespace credence::fuzz;
  Random random(seed);
  if (Below(random, 4) != 0) {
    if (const Container* container = ContainerOf({data, size})) {
      const std::size_t made = MutateContainer(*container, data, size, max_size, random);
      if (made != 0) return made;
    } else if (const auto entries = TiffEntries({data, size}); !entries.empty()) {
      MutateTiffEntry(entries, data, random);
      return size;
    }
  }
  return LLVMFuzzerMutate(data, size, max_size);
}

// A piece of the second file goes into the first, in the place of one of that name where there is
// one.
extern "C" std::size_t LLVMFuzzerCustomCrossOver(const std::uint8_t* first, std::size_t first_size,
                                                 const std::uint8_t* second,
                                                 std::size_t second_size, std::uint8_t* out,
                                                 std::size_t max_out, unsigned int seed) {
  using namespace credence::fuzz;
  const Container* const container = ContainerOf({first, first_size});
  if (container == nullptr || container != ContainerOf({second, second_size})) return 0;
  Random random(seed);
  std::vector<Piece> pieces = container->split({first, first_size}, true);
  std::vector<Piece> others = container->split({second, second_size}, true);
  if (pieces.empty() || others.empty()) return 0;
  Piece& taken = others[Below(random, others.size())];
  const auto same = std::find_if(pieces.begin(), pieces.end(),
                                 [&](const Piece& piece) { return piece.head == taken.head; });
  if (same != pieces.end() && Below(random, 4) != 0) {
    *same = std::move(taken);
  } else {
    const auto to = static_cast<std::ptrdiff_t>(Below(random, pieces.size() + 1));
    pieces.insert(pieces.begin() + to, std::move(taken));
  }
  return Give(container->join(pieces), out, max_out);
}
