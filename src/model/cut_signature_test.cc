#include "model/cut_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "model/saved_model.pb.h"
#include "model/signature.h"

namespace credence::model {
namespace {

using testing::UnorderedElementsAre;

std::span<const std::uint8_t> Bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// Two signatures that share a layer; a saver that belongs to neither.
std::string TwoSignatures() {
  saved_model::SavedModel file;
  saved_model::MetaGraphDef& graph = *file.add_meta_graphs();
  graph.mutable_meta_info_def()->add_tags("serve");
  const auto node = [&graph](const std::string& name, std::initializer_list<const char*> inputs) {
    auto& added = *graph.mutable_graph_def()->add_node();
    added.set_name(name);
    for (const char* input : inputs) added.add_input(input);
  };
  node("weights", {});
  node("picture", {});
  node("call", {"picture", "weights"});
  node("scores", {"call:1"});
  node("text", {});
  node("parse", {"text"});
  node("call_text", {"parse:0", "weights"});
  node("guarded", {"weights", "^call_text"});
  node("saver_filename", {});
  node("restore", {"saver_filename", "weights"});
  const auto signature = [&graph](const char* key, const char* input, const char* output) {
    auto& added = (*graph.mutable_signature_def())[key];
    (*added.mutable_inputs())["in"].set_name(std::string(input) + ":0");
    (*added.mutable_outputs())["out"].set_name(std::string(output) + ":0");
  };
  signature("serving_default", "picture", "scores");
  signature("text", "text", "guarded");
  return file.SerializeAsString();
}

std::set<std::string> NodesOf(const std::string& bytes) {
  saved_model::SavedModel file;
  EXPECT_TRUE(file.ParseFromString(bytes));
  std::set<std::string> nodes;
  for (const auto& node : file.meta_graphs(0).graph_def().node()) nodes.insert(node.name());
  return nodes;
}

TEST(CutToSignature, TakesOutTheInputsOfOthersAndWhatDependsOnThem) {
  const auto cut = CutToSignature(Bytes(TwoSignatures()), "serving_default");
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_THAT(NodesOf(*cut), UnorderedElementsAre("weights", "picture", "call", "scores",
                                                  "saver_filename", "restore"));
}

TEST(CutToSignature, CallsTheOneThatIsLeftServingDefault) {
  const auto cut = CutToSignature(Bytes(TwoSignatures()), "text");
  ASSERT_TRUE(cut) << cut.error().message;
  EXPECT_FALSE(NodesOf(*cut).contains("picture"));
  EXPECT_TRUE(NodesOf(*cut).contains("guarded"));
  const auto read = ReadSavedModel(Bytes(*cut));
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->signatures.size(), 1u);
  EXPECT_EQ(read->signatures[0].key, "serving_default");
  EXPECT_EQ(read->signatures[0].inputs[0].name, "text:0");
}

TEST(CutToSignature, RefusesASignatureThatIsNotThere) {
  const auto cut = CutToSignature(Bytes(TwoSignatures()), "other");
  ASSERT_FALSE(cut);
  EXPECT_THAT(cut.error().message, testing::HasSubstr("has the signature \"other\""));
}

}  // namespace
}  // namespace credence::model
