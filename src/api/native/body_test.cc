#include "api/native/body.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace credence::api::native {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Body : public testing::Test {
 protected:
  Result<BodyForm> Read(std::string body, std::string_view content_type = "") {
    body_ = std::move(body);
    const std::size_t size = body_.size();
    body_.append(http::kBodyPadding, '\0');
    headers_ = {{"content-type", content_type}};
    http::Request request{};
    request.headers = headers_;
    request.body = {reinterpret_cast<const std::uint8_t*>(body_.data()), size};
    return reader_.Read(request, inputs_, kept_, memory_);
  }
  std::string Message(std::string body) { return Read(std::move(body)).error().message; }

  image::Bytes File(std::size_t i) { return std::get<predictor::EncodedPicture>(inputs_[i]).file; }
  const predictor::Numbers& NumbersOf(std::size_t i) {
    return std::get<predictor::Numbers>(inputs_[i]);
  }

  Inputs inputs_;
  BodyReader reader_;
  std::string body_;
  std::vector<std::pair<std::string_view, std::string_view>> headers_;
  Kept kept_;
  HeldBytes memory_;
};

TEST_F(Body, WhatIsNoJsonIsAPictureFileWhateverItsType) {
  EXPECT_EQ(BodyForm::kOne, *Read("\x89PNG", "application/x-www-form-urlencoded"));
  ASSERT_EQ(inputs_.size(), 1u);
  EXPECT_EQ(File(0).size(), 4u);
}

TEST_F(Body, JsonNumbersKeepTheirShape) {
  EXPECT_EQ(BodyForm::kOne, *Read(R"({"image": [[0, 255], [128, 7]]})"));
  EXPECT_THAT(NumbersOf(0).shape, ElementsAre(2, 2));
  EXPECT_THAT(NumbersOf(0).values, ElementsAre(0, 255, 128, 7));
  EXPECT_EQ(BodyForm::kOne, *Read(" [[[1, 2, 30]]]"));
  EXPECT_THAT(NumbersOf(0).shape, ElementsAre(1, 1, 3));
}

TEST_F(Body, JsonTextIsBase64OfAFile) {
  EXPECT_EQ(BodyForm::kOne, *Read(R"({"image": "aGk="})"));
  EXPECT_THAT(File(0), ElementsAre('h', 'i'));
}

TEST_F(Body, ImagesAndSeveralPartsAreAList) {
  EXPECT_EQ(BodyForm::kList, *Read(R"({"images": ["aGk=", [[9]]]})"));
  EXPECT_EQ(inputs_.size(), 2u);
  const std::string part = "--X\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n";
  EXPECT_EQ(BodyForm::kOne, *Read(part + "--X--", "multipart/form-data; boundary=X"));
  EXPECT_EQ(BodyForm::kList, *Read(part + part + "--X--", "multipart/form-data; boundary=X"));
  EXPECT_EQ(inputs_.size(), 2u);
}

TEST_F(Body, InputsAreTensorsByName) {
  EXPECT_EQ(*Read(R"({"inputs": {"a": [[1, 2.5]], "b": 7}})"), BodyForm::kTensors);
  const auto& sent = std::get<predictor::Tensors>(inputs_[0]);
  EXPECT_TRUE(sent.untyped);
  ASSERT_EQ(sent.all.size(), 2u);
  EXPECT_EQ(sent.all[0].name, "a");
  EXPECT_THAT(sent.all[0].shape, ElementsAre(1, 2));
  EXPECT_EQ(model::ValueAt(sent.all[0], 1), 2.5);
  EXPECT_TRUE(sent.all[1].shape.empty());
  EXPECT_THAT(Message(R"({"inputs": {"a": "x"}})"), HasSubstr("input \"a\" is neither"));
}

TEST_F(Body, SaysWhatIsWrong) {
  EXPECT_THAT(Message(""), HasSubstr("the body is empty"));
  EXPECT_THAT(Message("{"), HasSubstr("the body is not JSON"));
  EXPECT_THAT(Message("{}"), HasSubstr("has no \"image\""));
  EXPECT_THAT(Message(R"({"image": 7})"), HasSubstr("neither a list of numbers nor base64"));
  EXPECT_THAT(Message(R"({"images": [[[1]], 5]})"), HasSubstr("\"images\"[1] is neither"));
  EXPECT_THAT(Message(R"({"img": 1, "x": 2})"), HasSubstr("; it has \"img\", \"x\""));
  EXPECT_THAT(Message(R"({"images": []})"), HasSubstr("is empty"));
}

TEST_F(Body, NamesThePlaceWhereListsAreUneven) {
  const auto image = [&](const std::string& lists) {
    return Message("{\"image\": " + lists + "}");
  };
  EXPECT_EQ(image("[[1, 2], [3, 4], [5]]"),
            "\"image\"[2] has 1 entry, but the lists of its depth before it have 2");
  EXPECT_EQ(image("[[[1], [2]], [[3], []]]"),
            "\"image\"[1][1] has 0 entries, but the lists of its depth before it have 1");
  EXPECT_EQ(image("[[1], 2]"),
            "\"image\"[1] is a number, but there are lists at its depth before it");
  EXPECT_EQ(image("[1, [2, 3]]"),
            "\"image\"[1] is a list, but there are numbers at its depth before it");
  EXPECT_EQ(image("[[1, 2], [[3], [4]]]"),
            "\"image\"[1][0] is a list, but there are numbers at its depth before it");
  EXPECT_EQ(image("[[[1], [2]], [3, 4]]"),
            "\"image\"[1][0] is a number, but there are lists at its depth before it");
  EXPECT_EQ(image("[[1, null]]"), "\"image\"[0][1] is neither a number nor a list");
  EXPECT_EQ(image("[[[[[[[[[1]]]]]]]]]"),
            "\"image\"[0][0][0][0][0][0][0][0] is nested deeper than 8 lists");
  EXPECT_EQ(Message("[[1], [\"2\"]]"), "the body[1][0] is neither a number nor a list");
  EXPECT_EQ(Message(R"({"images": [[[1]], [[1, 2], [3]]]})"),
            "\"images\"[1][1] has 1 entry, but the lists of its depth before it have 2");
  EXPECT_EQ(Message(R"({"inputs": {"a": [[1], []]}})"),
            "input \"a\"[1] has 0 entries, but the lists of its depth before it have 1");
}

TEST_F(Body, MediaTypesAreComparedWithoutCase) {
  const std::string part =
      "--X\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nabc\r\n--X--";
  for (const char* type : {"multipart/form-data", "Multipart/Form-Data", "MULTIPART/FORM-DATA"}) {
    ASSERT_TRUE(Read(part, std::string(type) + "; Boundary=X")) << type;
    EXPECT_THAT(File(0), ElementsAre('a', 'b', 'c')) << type;
  }
}

TEST_F(Body, AByteOrderMarkBeforeJsonIsPassedOver) {
  EXPECT_EQ(BodyForm::kOne, *Read("\xEF\xBB\xBF {\"image\": [[7]]}"));
  EXPECT_THAT(NumbersOf(0).values, ElementsAre(7));
  for (const std::string mark : {"", "\xFF\xFE", "\xFE\xFF"}) {
    EXPECT_THAT(Message(mark + std::string("{\0\"\0", 4)), HasSubstr("UTF-16")) << mark.size();
    EXPECT_THAT(Message(mark + std::string("\0[\0[", 4)), HasSubstr("UTF-16")) << mark.size();
  }
}

TEST_F(Body, APngThatLostItsLineBreaksIsNamed) {
  EXPECT_THAT(Message("\x89PNG\x1A more"), HasSubstr("--data-binary"));
}

TEST_F(Body, SixtyFourPicturesAreTheLimit) {
  std::string body = R"({"images": [)";
  for (int i = 0; i < 65; ++i) body += i == 0 ? "[[1]]" : ",[[1]]";
  EXPECT_EQ(Read(body + "]}").error().code, Code::kTooLarge);
}

}  // namespace
}  // namespace credence::api::native
