#include "data/catalog.h"

#include <array>

namespace credence::data {
namespace {

// clang-format off
constexpr std::array<std::string_view, 2> kMnistMirrors = {
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/"};
constexpr std::array<CatalogFile, 4> kMnistFiles = {{
    {"train-images-idx3-ubyte.gz", 9'912'422,
     "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
     "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte.gz", 28'881,
     "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
     "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte.gz", 1'648'877,
     "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
     "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte.gz", 4'542,
     "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
     "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
}};

constexpr std::array<std::string_view, 2> kFashionMirrors = {
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "https://fashion-mnist.s3.eu-central-1.amazonaws.com/"};
constexpr std::array<CatalogFile, 4> kFashionFiles = {{
    {"train-images-idx3-ubyte.gz", 26'421'880,
     "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84", ""},
    {"train-labels-idx1-ubyte.gz", 29'515,
     "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845", ""},
    {"t10k-images-idx3-ubyte.gz", 4'422'102,
     "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073", ""},
    {"t10k-labels-idx1-ubyte.gz", 5'148,
     "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5", ""},
}};
constexpr std::array<std::string_view, 10> kFashionClasses = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"};

constexpr std::array<CatalogSet, 2> kSets = {{
    {"mnist", kMnistMirrors, kMnistFiles, {}},
    {"fashion-mnist", kFashionMirrors, kFashionFiles, kFashionClasses},
}};
// clang-format on

}  // namespace

std::span<const CatalogSet> CatalogSets() { return kSets; }

const CatalogSet* FindCatalogSet(std::string_view name) {
  for (const CatalogSet& set : kSets) {
    if (set.name == name) return &set;
  }
  return nullptr;
}

std::string CatalogNames() {
  std::string names;
  for (const CatalogSet& set : kSets) {
    names += (names.empty() ? "" : ", ") + std::string(set.name);
  }
  return names;
}

}  // namespace credence::data
