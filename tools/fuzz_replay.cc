// Runs a fuzz harness over its corpus as an ordinary test: FILE or FOLDER arguments, and a bounded,
// seeded mutation of each input, so that the test exercises more than the exact corpus.
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr int kMutationsEach = 40;

std::vector<std::uint8_t> Read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void RunOne(std::vector<std::uint8_t> bytes, std::mt19937& random) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  for (int i = 0; i < kMutationsEach && !bytes.empty(); ++i) {
    std::vector<std::uint8_t> mutated = bytes;
    const std::size_t flips = 1 + random() % 4;
    for (std::size_t k = 0; k < flips; ++k) {
      mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) mutated.resize(random() % mutated.size() + 1);
    LLVMFuzzerTestOneInput(mutated.data(), mutated.size());
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937 random(1);
  int inputs = 0;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path(argv[i]);
    if (std::filesystem::is_regular_file(path)) {
      RunOne(Read(path), random);
      ++inputs;
    } else if (std::filesystem::is_directory(path)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (!entry.is_regular_file()) continue;
        RunOne(Read(entry.path()), random);
        ++inputs;
      }
    }
  }
  std::printf("%d inputs replayed\n", inputs);
  return inputs > 0 ? 0 : 1;  // an empty corpus proves nothing
}
