// decode_dump FILE…: decodes each file and writes for each a line of text to stdout:
//   ok FORMAT WIDTH HEIGHT CHANNELS ORIENTATION MICROSECONDS PEAK
//                                                    followed by the bytes of the pixels
//   CODE MICROSECONDS PEAK MESSAGE                   when it is refused
// PEAK is the most memory, in KiB, that the process had so far beyond what it began with.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "image/decode.h"

namespace {

// The most memory that the process has had resident, in KiB.
long PeakKib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    long kib = 0;
    if (word == "VmHWM:" && status >> kib) return kib;
  }
  return 0;
}

void Dump(const char* path, credence::image::Decoded& decoded) {
  std::ifstream stream(path, std::ios::binary);
  const std::vector<char> text{std::istreambuf_iterator<char>(stream), {}};
  const std::vector<std::uint8_t> file(text.begin(), text.end());
  const long at_start = PeakKib();
  const auto start = std::chrono::steady_clock::now();
  const credence::Result<void> done = credence::image::Decode(file, {}, decoded);
  const auto spent = std::chrono::duration_cast<std::chrono::microseconds>(
      std::chrono::steady_clock::now() - start);
  const auto us = static_cast<long long>(spent.count());
  const long peak = PeakKib() - at_start;
  if (!done) {
    std::printf("%s %lld %ld %s\n", credence::CodeName(done.error().code).data(), us, peak,
                done.error().message.c_str());
    return;
  }
  const credence::image::Pixels& pixels = decoded.pixels;
  std::printf("ok %s %d %d %d %d %lld %ld\n",
              credence::image::FormatName(decoded.source.format).data(), pixels.width,
              pixels.height, pixels.channels, decoded.orientation, us, peak);
  std::fwrite(pixels.data.data(), 1, pixels.data.size(), stdout);
}

}  // namespace

int main(int count, char** arguments) {
  credence::image::Decoded decoded;
  for (int i = 1; i < count; ++i) Dump(arguments[i], decoded);
}
