// Any bytes as an IDX file, of labels and of pictures: answers or errors, within the limits.
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <string>

#include "data/idx.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace credence;
  const int file = memfd_create("idx", 0);
  if (file < 0 || write(file, data, size) != static_cast<ssize_t>(size)) return 0;
  const std::string path = "/proc/self/fd/" + std::to_string(file);
  const data::IdxLimits limits{100'000, 100'000};
  if (const auto labels = data::ReadIdxLabels(path, limits); labels && labels->size() > 100'000) {
    __builtin_trap();
  }
  if (const auto pictures = data::OpenIdxPictures(path, limits)) {
    auto reader = (*pictures)->NewReader();
    image::Decoded out;
    for (const std::int64_t row : {(*pictures)->rows() - 1, std::int64_t{0}}) {
      if (row < 0 || !reader || !(*reader)->Read(row, out)) continue;
      if (out.pixels.data.size() != out.pixels.size()) __builtin_trap();
    }
  }
  close(file);
  return 0;
}
