#include "security/keys.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace credence::security {
namespace {

std::string LineOf(std::string name, Scopes scopes, std::string_view key) {
  return KeyLine({std::move(name), scopes, HashOf(key)}) + "\n";
}

std::string MessageOf(std::string_view text) {
  const auto parsed = ParseKeys(text);
  return parsed ? "" : parsed.error().message;
}

TEST(ParseKeys, ReadsWhatKeyLineWrites) {
  const auto parsed =
      ParseKeys("# keys\r\n\n" + LineOf("dash-board", 2, "a") + LineOf("x", 7, "b"));
  ASSERT_TRUE(parsed);
  ASSERT_EQ(parsed->size(), 2u);
  EXPECT_EQ((*parsed)[0].name, "dash-board");
  EXPECT_EQ((*parsed)[0].scopes, 2u);
  EXPECT_EQ((*parsed)[0].hash, HashOf("a"));
  EXPECT_EQ(ScopeNames((*parsed)[1].scopes), "predict,read,admin");
}

TEST(KeyLine, HoldsTheHashAndNotTheKey) {
  // echo -n abc | sha256sum
  EXPECT_EQ(LineOf("n", 1, "abc"),
            "n predict sha256:"
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
}

TEST(ParseKeys, NamesTheLineAndWhatIsWrong) {
  const std::string good = LineOf("a", 1, "a");
  EXPECT_EQ(MessageOf(good + good), "line 2: the name a stands twice");
  EXPECT_EQ(MessageOf("a\n"), "line 1: no scope; there are predict, read, admin");
  EXPECT_EQ(MessageOf("a predict,write x\n"),
            "line 1: scope \"write\" is none of predict, read, admin");
  const std::string form = "line 1: expected NAME SCOPES sha256: and 64 digits";
  EXPECT_EQ(MessageOf("a predict\n"), form);
  EXPECT_EQ(MessageOf("a predict sha256:12\n"), form);
  EXPECT_EQ(MessageOf(good.substr(0, good.size() - 2) + "g\n"), form);
  EXPECT_EQ(MessageOf(good.substr(0, good.size() - 1) + " more\n"), form);
  EXPECT_TRUE(MessageOf("a/b predict\n").starts_with("line 1: a key's name is 1 to 64 letters"));
  std::string many;
  for (std::size_t i = 0; i <= kKeysMax; ++i) many += LineOf("k" + std::to_string(i), 1, "k");
  EXPECT_EQ(MessageOf(many), "more than 1000 keys, which is the limit");
}

TEST(NewKey, IsAnotherOneEachTime) {
  const auto a = NewKey();
  const auto b = NewKey();
  ASSERT_TRUE(a && b);
  EXPECT_NE(*a, *b);
  EXPECT_EQ(a->size(), 5u + 64u);
  EXPECT_TRUE(a->starts_with("cred_"));
}

TEST(KeyRing, FindsOneAmongManyAndNoOther) {
  std::vector<KeyRing::Key> keys;
  for (int i = 0; i < 500; ++i) keys.push_back({HashOf(std::to_string(i)), "n", 1});
  const KeyRing ring(std::move(keys));
  for (int i = 0; i < 500; ++i) {
    const KeyRing::Key* const found = ring.Find(std::to_string(i));
    ASSERT_NE(found, nullptr);
    EXPECT_EQ(found->hash, HashOf(std::to_string(i)));
  }
  EXPECT_EQ(ring.Find("500"), nullptr);
  EXPECT_EQ(ring.Find(""), nullptr);
  EXPECT_EQ(ring.Find(std::string(100'000, '1')), nullptr);
}

TEST(KeyStore, KeepsTheOldKeysWhenTheNewFileIsBroken) {
  const TestFolder folder;
  const auto path = folder.Write("keys", LineOf("a", 1, "one"));
  const auto store = KeyStore::Load(path);
  ASSERT_TRUE(store);
  KeyReader reader(**store);
  const std::string_view name = reader.Get().Find("one")->name;

  folder.Write("keys", "a predict nonsense\n");
  EXPECT_TRUE((*store)->FileChanged());
  EXPECT_FALSE((*store)->Reload());
  EXPECT_NE(reader.Get().Find("one"), nullptr);

  folder.Write("keys", LineOf("b", 4, "two"));
  const auto count = (*store)->Reload();
  ASSERT_TRUE(count);
  EXPECT_EQ(*count, 1u);
  EXPECT_EQ(reader.Get().Find("one"), nullptr);
  EXPECT_EQ(reader.Get().Find("two")->name, "b");
  EXPECT_EQ(name, "a");  // whoever holds it may still read it
}

TEST(KeyStore, SaysWhichFileCannotBeRead) {
  const TestFolder folder;
  const auto store = KeyStore::Load(folder / "none");
  ASSERT_FALSE(store);
  EXPECT_NE(store.error().message.find("none"), std::string::npos);
}

}  // namespace
}  // namespace credence::security
