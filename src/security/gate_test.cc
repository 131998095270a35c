#include "security/gate.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace credence::security {
namespace {

class GateTest : public testing::Test {
 protected:
  void UseKeys() {
    const auto line = [](const char* name, Scope scope, const char* key) {
      return KeyLine({name, static_cast<Scopes>(scope), HashOf(key)}) + "\n";
    };
    const auto path = folder_.Write(
        "keys", line("bob", Scope::kPredict, "bobs") + line("ann", Scope::kAdmin, "anns"));
    policy_.keys = *KeyStore::Load(path);
  }
  static Asking Predict(std::string_view authorization = "") {
    Asking asking{.host = "localhost", .changes = true, .needs = Scope::kPredict};
    asking.authorization = authorization;
    return asking;
  }
  // "" when it was admitted.
  std::string TextOf(Gate& gate, const Asking& asking) {
    const auto turned = gate.Admit(asking, clock_.Now(), caller_);
    if (turned) why_ = turned->why;
    return turned ? turned->text : "";
  }

  const TestFolder folder_;
  FakeClock clock_;
  Policy policy_;
  Caller caller_;
  Why why_{};
};

TEST_F(GateTest, WithoutKeysAndLimitsAdmitsEverybodyAndCountsNobody) {
  Gate gate(policy_);
  EXPECT_EQ(TextOf(gate, Predict()), "");
  EXPECT_EQ(caller_.key, "");
  EXPECT_FALSE(caller_.counted);
}

TEST_F(GateTest, TakesKeysByBothHeadersAndSaysWhoItIs) {
  UseKeys();
  Gate gate(policy_);
  EXPECT_EQ(TextOf(gate, Predict("Bearer bobs")), "");
  EXPECT_EQ(caller_.key, "bob");
  EXPECT_EQ(TextOf(gate, Predict("bearer   bobs")), "");
  Asking other = Predict();
  other.api_key = "bobs";
  EXPECT_EQ(TextOf(gate, other), "");
  EXPECT_EQ(TextOf(gate, Predict("Bearer anns")),
            "key ann has the scopes admin; this needs predict");
  EXPECT_EQ(why_, Why::kScope);
  EXPECT_EQ(TextOf(gate, Predict("Bearer bobss")), "the key is not known here");
  EXPECT_EQ(why_, Why::kUnknownKey);
  EXPECT_EQ(TextOf(gate, Predict("Basic Ym9i")),
            "this needs a key; send it as Authorization: Bearer KEY");
  EXPECT_EQ(why_, Why::kNoKey);
  EXPECT_EQ(TextOf(gate, Predict("Bearer ")), TextOf(gate, Predict()));
}

TEST_F(GateTest, WhatIsOpenNeedsNoKey) {
  UseKeys();
  Gate gate(policy_);
  EXPECT_EQ(TextOf(gate, {.host = "localhost", .needs = std::nullopt}), "");
}

TEST_F(GateTest, AForeignPageChangesNothing) {
  Gate gate(policy_);
  Asking asking = Predict();
  asking.origin = "https://evil.example";
  EXPECT_EQ(
      TextOf(gate, asking),
      "a page of \"https://evil.example\" may not do this; --cors-origin names pages that may "
      "predict");
  EXPECT_EQ(why_, Why::kForeignPage);
  asking.changes = false;  // it may ask, but the browser does not show it the answer
  EXPECT_EQ(TextOf(gate, asking), "");
  EXPECT_EQ(gate.ReaderOf(asking), "");
}

TEST_F(GateTest, ANamedPageMayPredictButNotAdminister) {
  policy_.origins = *OriginRule::Make({"https://app.example"});
  Gate gate(policy_);
  Asking asking = Predict();
  asking.origin = "https://app.example";
  asking.fetch_site = "cross-site";
  EXPECT_EQ(TextOf(gate, asking), "");
  EXPECT_EQ(gate.ReaderOf(asking), asking.origin);
  asking.needs = Scope::kAdmin;
  EXPECT_NE(TextOf(gate, asking), "");
  EXPECT_EQ(gate.ReaderOf(asking), "");
}

TEST_F(GateTest, EachListenerHasItsHosts) {
  policy_.admin_hosts = *HostRule::Only({});
  const Gate gate(policy_);
  Asking asking{.host = "evil.example"};
  EXPECT_FALSE(gate.CheckHost(asking));
  asking.admin_listener = true;
  EXPECT_TRUE(gate.CheckHost(asking));
}

TEST_F(GateTest, CountsByAddressAndByKey) {
  UseKeys();
  policy_.per_address = std::make_unique<Limiter>(Allowance{.concurrency = 2}, 1);
  policy_.per_key = std::make_unique<Limiter>(Allowance{.rate = 3}, 1);
  Gate gate(policy_);
  Asking asking = Predict("Bearer bobs");
  asking.network = 1;
  EXPECT_EQ(TextOf(gate, asking), "");
  const Caller first = caller_;
  EXPECT_TRUE(first.counted);
  EXPECT_EQ(TextOf(gate, asking), "");
  EXPECT_EQ(TextOf(gate, asking),
            "your address has 2 requests under way, which is the limit; send the next when one is "
            "answered");
  EXPECT_EQ(why_, Why::kTooManyAtOnce);
  gate.Leave(1, first);
  EXPECT_EQ(TextOf(gate, asking), "");
  gate.Leave(1, first);
  EXPECT_EQ(TextOf(gate, asking), "key bob may send 3 requests a second; the next may come in 1 s");
  EXPECT_EQ(why_, Why::kTooFast);
  // Whoever was turned away is not under way: there is room for one still.
  asking.authorization = "Bearer nonsense";
  for (int i = 0; i < 10; ++i) EXPECT_EQ(TextOf(gate, asking), "the key is not known here");
}

TEST_F(GateTest, GuessingKeysIsHeldToTheAddressesRate) {
  UseKeys();
  policy_.per_address = std::make_unique<Limiter>(Allowance{.rate = 5}, 1);
  Gate gate(policy_);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(TextOf(gate, Predict("Bearer x")), "the key is not known here");
  EXPECT_EQ(TextOf(gate, Predict("Bearer bobs")),
            "your address may send 5 requests a second; the next may come in 1 s");
}

}  // namespace
}  // namespace credence::security
