#include "reliability/profile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/sha256.h"
#include "reliability/testing.h"

namespace credence::reliability {
namespace {

using Bytes = std::vector<std::uint8_t>;

// The bytes with a digest that fits what is before it.
Bytes Resealed(Bytes bytes) {
  const auto digest = Sha256Of(std::span(bytes).first(bytes.size() - 32));
  std::copy(digest.begin(), digest.end(), bytes.end() - 32);
  return bytes;
}

Bytes Replaced(Bytes bytes, std::string_view from, std::string_view to) {
  const auto at = std::search(bytes.begin(), bytes.end(), from.begin(), from.end());
  EXPECT_NE(at, bytes.end()) << from;
  EXPECT_EQ(from.size(), to.size());
  std::copy(to.begin(), to.end(), at);
  return Resealed(std::move(bytes));
}

void ExpectRefused(const Bytes& bytes, Code code, std::string_view part) {
  const Result<Profile> parsed = Parse(bytes);
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().code, code);
  EXPECT_NE(parsed.error().message.find(part), std::string::npos) << parsed.error().message;
}

FieldCertificate SmallField(std::size_t length) {
  FieldCertificate field = {.length = length, .given = length == 3, .u_sorted = {1, 2.5, 4}};
  field.rule.rungs = {{.risk = 0.01}, {.risk = 0.02, .theta = 4.5, .share = 0.25}};
  field.rule.rung = 1;
  return field;
}

TEST(Profile, FieldsSurviveTheFile) {
  Profile profile = SmallProfile();
  const Bytes before = Serialize(profile);
  profile.fields = {SmallField(2), SmallField(3)};
  profile.fields[1].u_sorted = {7};
  const Bytes bytes = Serialize(profile);
  const Result<Profile> parsed = Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(Serialize(*parsed), bytes);
  ASSERT_EQ(parsed->fields.size(), 2U);
  EXPECT_EQ(parsed->fields[0].u_sorted, (std::vector<double>{1, 2.5, 4}));
  EXPECT_EQ(parsed->fields[1].u_sorted, (std::vector<double>{7}));
  EXPECT_TRUE(parsed->fields[1].given);
  EXPECT_EQ(parsed->fields[0].rule.rungs[0].theta, std::nullopt);
  EXPECT_EQ(parsed->fields[0].rule.theta(), 4.5);
  profile.fields.clear();
  EXPECT_EQ(Serialize(profile), before);  // a profile without fields is the file of before
}

TEST(Profile, RefusesFieldsThatDoNotFit) {
  Profile profile = SmallProfile();
  profile.fields = {SmallField(3), SmallField(2)};
  EXPECT_FALSE(Validate(profile).ok());
  profile.fields = {SmallField(2)};
  profile.fields[0].u_sorted = {2, 1};
  EXPECT_FALSE(Validate(profile).ok());
  profile.fields = {SmallField(2)};
  ExpectRefused(Replaced(Serialize(profile), "\"rows\":3,\"rule\"", "\"rows\":9,\"rule\""),
                Code::kDataLoss, "field_u");
}

TEST(Profile, SurvivesTheFile) {
  Profile profile = SmallProfile();
  profile.provenance.creator = "test";
  profile.provenance.model_files["saved_model.pb"] = "ab12";
  profile.labels = {"zero", "one", "two"};
  profile.scaling_table = {{.name = "0..1", .criterion = 0.25}};
  profile.lac_quantile[2] = std::numeric_limits<double>::infinity();
  profile.rule.class_risk = {0.05, std::nan(""), 0.1};
  profile.rule.class_cost = {10, 20, 10};
  profile.card.accuracy = {.value = 0.5, .low = 0.25, .high = 0.75};
  const Bytes bytes = Serialize(profile);
  const Result<Profile> parsed = Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(Serialize(*parsed), bytes);
  EXPECT_EQ(parsed->labels[2], "two");
  EXPECT_EQ(parsed->provenance.model_files.at("saved_model.pb"), "ab12");
  EXPECT_EQ(parsed->bank, profile.bank);
  EXPECT_EQ(parsed->u_sorted, profile.u_sorted);
  EXPECT_EQ(parsed->lac_quantile[2], std::numeric_limits<double>::infinity());
  EXPECT_EQ(parsed->rule.theta(), 2.4);
  EXPECT_EQ(parsed->rule.risk(), 0.01);
  EXPECT_EQ(parsed->rule.rungs[0].theta, std::nullopt);
  EXPECT_EQ(parsed->rule.class_risk[2], 0.1);
  EXPECT_TRUE(std::isnan(parsed->rule.class_risk[1]));
  EXPECT_EQ(parsed->u_weight, profile.u_weight);
  EXPECT_EQ(parsed->card.accuracy.value, 0.5);
}

TEST(Profile, LayoutIsAsDocumented) {
  const Bytes bytes = Serialize(SmallProfile());
  EXPECT_EQ(std::string(bytes.begin(), bytes.begin() + 8), "RELPROF2");
  EXPECT_EQ(bytes[8], 2);
  EXPECT_EQ(bytes[16], '{');
}

// Written long before this build: what it writes today must be the same bytes.
TEST(Profile, TheBundledOneIsReadAndWrittenUnchanged) {
  std::ifstream file("predictors/digits/1/assets.extra/credence/reliability.profile",
                     std::ios::binary);
  const Bytes bytes((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  const Result<Profile> parsed = Parse(bytes);
  ASSERT_TRUE(parsed.ok()) << parsed.error().message;
  EXPECT_EQ(Serialize(*parsed), bytes);
}

TEST(Profile, RefusesOneFlippedBit) {
  Bytes bytes = Serialize(SmallProfile());
  bytes[bytes.size() / 2] ^= 1;
  ExpectRefused(bytes, Code::kDataLoss, "SHA-256");
}

TEST(Profile, RefusesAnotherMagic) {
  Bytes bytes = Serialize(SmallProfile());
  bytes[0] = 'X';
  ExpectRefused(Resealed(bytes), Code::kDataLoss, "RELPROF2");
}

TEST(Profile, RefusesTheFirstFormatAndSaysWhatToDo) {
  Bytes bytes = Serialize(SmallProfile());
  bytes[7] = '1';
  bytes[8] = 1;
  ExpectRefused(Resealed(bytes), Code::kFailedPrecondition,
                "Calibrate again: credence calibrate --model");
}

TEST(Profile, RefusesAHigherFormat) {
  Bytes bytes = Serialize(SmallProfile());
  bytes[8] = 3;
  ExpectRefused(Resealed(bytes), Code::kFailedPrecondition, "version 3; this build reads 2");
}

TEST(Profile, RefusesEveryTruncation) {
  const Bytes bytes = Serialize(SmallProfile());
  for (std::size_t length = 0; length < bytes.size(); length += 97) {
    EXPECT_FALSE(Parse(std::span(bytes).first(length)).ok());
  }
}

TEST(Profile, RefusesAHeaderLongerThanTheFile) {
  Bytes bytes = Serialize(SmallProfile());
  std::memset(bytes.data() + 12, 0xff, 4);
  ExpectRefused(Resealed(bytes), Code::kDataLoss, "header of 4294967295 bytes");
}

TEST(Profile, RefusesArraysOutsideTheFile) {
  const Bytes bytes = Serialize(SmallProfile());
  ExpectRefused(
      Replaced(bytes, "\"name\":\"present\",\"offset\":0", "\"name\":\"present\",\"offset\":-"),
      Code::kDataLoss, "parse");
  ExpectRefused(Replaced(bytes, "\"classes\":3", "\"classes\":4"), Code::kDataLoss,
                "rows per class");
  ExpectRefused(Replaced(bytes, "\"shape\":[2500]", "\"shape\":[9e09]"), Code::kDataLoss,
                "array u_sorted lies outside");
  ExpectRefused(Replaced(bytes, "\"shape\":[2500]", "\"shape\":[9999]"), Code::kDataLoss,
                "array u_sorted lies outside");
}

TEST(Profile, RefusesAHeaderThatIsNotJson) {
  Bytes bytes = Serialize(SmallProfile());
  bytes[16] = '[';
  EXPECT_FALSE(Parse(Resealed(bytes)).ok());
}

TEST(Profile, ValidateNamesWhatIsWrong) {
  const auto message = [](auto&& change) {
    Profile profile = SmallProfile();
    change(profile);
    const Result<void> valid = Validate(profile);
    return valid.ok() ? std::string() : valid.error().message;
  };
  EXPECT_EQ(message([](Profile&) {}), "");
  EXPECT_EQ(message([](Profile& p) { p.classes = 1001; }),
            "profile: 1001 classes; the limit is 2 to 1000");
  EXPECT_EQ(message([](Profile& p) {
              p.u_sorted = {2, 1};
            }),
            "profile: u_sorted must be ascending and not empty");
  EXPECT_EQ(message([](Profile& p) { p.bank.front() = NAN; }),
            "profile: bank holds a value that is not finite");
  EXPECT_EQ(message([](Profile& p) { p.bank_label.front() = 3; }),
            "profile: bank_label outside the classes");
  EXPECT_EQ(message([](Profile& p) { p.standard.mean[kSecondOpinion] = NAN; }),
            "profile: signal q is missing");
}

}  // namespace
}  // namespace credence::reliability
