// Runs a fuzz harness over its corpus as an ordinary test: FILE or FOLDER arguments, and a bounded,
// seeded mutation of each input, so that the test exercises more than the exact corpus.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

// Mutations over all inputs, and of one: a larger corpus is not a slower test.
constexpr std::size_t kMutationsMax = 4'000, kMutationsEachMax = 40, kMutationsEachMin = 2;

std::vector<std::uint8_t> Read(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void RunOne(std::vector<std::uint8_t> bytes, std::size_t mutations, std::mt19937& random) {
  LLVMFuzzerTestOneInput(bytes.data(), bytes.size());
  for (std::size_t i = 0; i < mutations && !bytes.empty(); ++i) {
    std::vector<std::uint8_t> mutated = bytes;
    const std::size_t flips = 1 + random() % 4;
    for (std::size_t k = 0; k < flips; ++k) {
      mutated[random() % mutated.size()] = static_cast<std::uint8_t>(random());
    }
    if (random() % 4 == 0) mutated.resize(random() % mutated.size() + 1);
    LLVMFuzzerTestOneInput(mutated.data(), mutated.size());
  }
}

std::vector<std::filesystem::path> Files(int argc, char** argv) {
  std::vector<std::filesystem::path> files;
  for (int i = 1; i < argc; ++i) {
    const std::filesystem::path path(argv[i]);
    if (std::filesystem::is_regular_file(path)) {
      files.push_back(path);
    } else if (std::filesystem::is_directory(path)) {
      for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.is_regular_file()) files.push_back(entry.path());
      }
    }
  }
  std::sort(files.begin(), files.end());  // the same mutations everywhere
  return files;
}

}  // namespace

int main(int argc, char** argv) {
  std::mt19937 random(1);
  const std::vector<std::filesystem::path> files = Files(argc, argv);
  const std::size_t share = kMutationsMax / std::max<std::size_t>(files.size(), 1);
  const std::size_t mutations = std::clamp(share, kMutationsEachMin, kMutationsEachMax);
  for (const std::filesystem::path& file : files) RunOne(Read(file), mutations, random);
  std::printf("%zu inputs replayed\n", files.size());
  return files.empty() ? 1 : 0;  // an empty corpus proves nothing
}
