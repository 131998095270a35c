#include "security/tls.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "security/test_certificates.h"

namespace credence::security {
namespace {

class TlsTest : public testing::Test {
 protected:
  std::string MessageOf(TlsMaterial material) {
    const auto made = MakeTls(std::move(material));
    return made ? "" : made.error().message;
  }

  const TestCertificate a_ = MakeTestCertificate("a.example");
  const TestCertificate b_ = MakeTestCertificate("b.example");
};

TEST_F(TlsTest, SaysWhoseCertificateItIs) {
  const auto made = MakeTls({a_.certificate, a_.key, b_.certificate});
  ASSERT_TRUE(made);
  EXPECT_EQ((*made)->subject, "CN=a.example");
  EXPECT_GT((*made)->expires, std::chrono::system_clock::now() + std::chrono::hours(23));
}

TEST_F(TlsTest, SaysWhatIsWrong) {
  EXPECT_EQ(MessageOf({"", a_.key, ""}), "the certificate file holds no certificate in PEM");
  EXPECT_EQ(MessageOf({a_.certificate, b_.key, ""}), "the key does not belong to the certificate");
  EXPECT_EQ(MessageOf({a_.certificate, a_.certificate, ""}),
            "the key file holds no private key in PEM that can be read without a password");
  EXPECT_EQ(MessageOf({a_.certificate, a_.key, a_.key}),
            "the file of the clients' authorities holds no certificate in PEM");
  std::string cut = a_.certificate;
  cut.resize(cut.size() / 2);
  EXPECT_TRUE(MessageOf({cut, a_.key, ""}).starts_with("the certificate file is damaged: "));
}

TEST_F(TlsTest, ReadsChangedFilesAnewAndKeepsTheOldOnesWhenTheNewAreBroken) {
  const TestFolder folder;
  const TlsFiles files{folder.Write("cert", a_.certificate), folder.Write("key", a_.key), ""};
  const auto credentials = TlsCredentials::Load(files);
  ASSERT_TRUE(credentials);
  EXPECT_FALSE((*credentials)->FilesChanged());

  folder.Write("cert", b_.certificate);
  EXPECT_TRUE((*credentials)->FilesChanged());
  const auto half = (*credentials)->Reload();
  ASSERT_FALSE(half);
  EXPECT_EQ(half.error().message,
            files.certificate + ": the key does not belong to the certificate");
  EXPECT_EQ((*credentials)->Get()->subject, "CN=a.example");

  folder.Write("key", b_.key);
  EXPECT_TRUE((*credentials)->Reload());
  EXPECT_EQ((*credentials)->Get()->subject, "CN=b.example");
}

TEST_F(TlsTest, NamesAFileThatIsNotThere) {
  const TestFolder folder;
  const auto credentials = TlsCredentials::Load({folder / "none", folder / "none", ""});
  ASSERT_FALSE(credentials);
  EXPECT_NE(credentials.error().message.find("none"), std::string::npos);
}

}  // namespace
}  // namespace credence::security
