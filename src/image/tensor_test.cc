#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "image/adapt.h"

namespace credence::image {
namespace {

using ::testing::ElementsAre;

InputContract Contract(int width, int height, int channels) {
  InputContract contract;
  contract.width = width;
  contract.height = height;
  contract.channels = channels;
  return contract;
}

std::vector<float> Floats(const Pixels& canonical, const InputContract& contract) {
  std::vector<float> tensor(TensorBytes(contract) / sizeof(float));
  WriteTensor(canonical, contract, reinterpret_cast<std::byte*>(tensor.data()));
  return tensor;
}

const Pixels kTwoColours = {2, 1, 3, {0, 51, 102, 153, 204, 255}};

TEST(WriteTensor, KeepsChannelsTogetherInNhwc) {
  InputContract contract = Contract(2, 1, 3);
  contract.range.scale = {1, 1, 1};
  EXPECT_THAT(Floats(kTwoColours, contract), ElementsAre(0, 51, 102, 153, 204, 255));
}

TEST(WriteTensor, SeparatesChannelsInNchw) {
  InputContract contract = Contract(2, 1, 3);
  contract.layout = Layout::kNchw;
  contract.range.scale = {1, 1, 1};
  EXPECT_THAT(Floats(kTwoColours, contract), ElementsAre(0, 153, 51, 204, 102, 255));
}

TEST(WriteTensor, PutsBlueFirstWhereThatIsTheOrder) {
  InputContract contract = Contract(2, 1, 3);
  contract.channel_order = ChannelOrder::kBgr;
  contract.range.scale = {1, 2, 1};
  EXPECT_THAT(Floats(kTwoColours, contract), ElementsAre(102, 102, 0, 255, 408, 153));
  contract.layout = Layout::kNchw;
  EXPECT_THAT(Floats(kTwoColours, contract), ElementsAre(102, 255, 102, 408, 0, 153));
}

TEST(WriteTensor, ScalesAndShiftsEachChannel) {
  InputContract contract = Contract(1, 1, 3);
  contract.range.scale = {1, 2, 0.5f};
  contract.range.offset = {0, -1, 3};
  EXPECT_THAT(Floats({1, 1, 3, {10, 20, 30}}, contract), ElementsAre(10, 39, 18));
}

TEST(WriteTensor, InvertsBeforeScaling) {
  InputContract contract = Contract(2, 1, 1);
  contract.range.scale = {2, 0, 0};
  contract.range.inverted = true;
  EXPECT_THAT(Floats({2, 1, 1, {255, 5}}, contract), ElementsAre(0, 500));
}

TEST(WriteTensor, RoundsAndLimitsBytes) {
  InputContract contract = Contract(3, 1, 1);
  contract.element = ElementType::kUint8;
  contract.range.scale = {1.5f, 0, 0};
  contract.range.offset = {-2, 0, 0};
  std::vector<std::byte> tensor(TensorBytes(contract));
  WriteTensor({3, 1, 1, {0, 3, 255}}, contract, tensor.data());
  EXPECT_THAT(tensor, ElementsAre(std::byte{0}, std::byte{3}, std::byte{255}));
}

TEST(TensorBytes, CountsElements) {
  InputContract contract = Contract(28, 28, 3);
  EXPECT_EQ(TensorBytes(contract), 28u * 28 * 3 * 4);
  contract.element = ElementType::kUint8;
  EXPECT_EQ(TensorBytes(contract), 28u * 28 * 3);
}

TEST(EncodePng, StartsWithTheSignatureAndTheHeader) {
  const std::vector<std::uint8_t> file = EncodePng({2, 1, 1, {0, 255}});
  ASSERT_GT(file.size(), 33u);
  const std::vector<std::uint8_t> head(file.begin(), file.begin() + 26);
  // Signature, IHDR's length and name, 2 x 1, 8 bits, grey.
  EXPECT_THAT(head, ElementsAre(137, 'P', 'N', 'G', 13, 10, 26, 10, 0, 0, 0, 13, 'I', 'H', 'D', 'R',
                                0, 0, 0, 2, 0, 0, 0, 1, 8, 0));
}

}  // namespace
}  // namespace credence::image
