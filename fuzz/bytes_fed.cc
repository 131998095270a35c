// Counts the bytes that libFuzzer gives a harness, which it does not say itself, and prints the sum
// at the end of a run. The linker puts it between the two (--wrap, cmake/Module.cmake).
#include <cstddef>
#include <cstdint>
#include <cstdio>

extern "C" int __real_LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

struct Tally {
  Tally() = default;
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  ~Tally() { std::fprintf(stderr, "bytes fed: %llu\n", bytes); }

  unsigned long long bytes = 0;
};

}  // namespace

extern "C" int __wrap_LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Tally tally;
  tally.bytes += size;
  return __real_LLVMFuzzerTestOneInput(data, size);
}
