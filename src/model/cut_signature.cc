#include "model/cut_signature.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "base/read_file.h"
#include "model/saved_model.pb.h"
#include "model/signature.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;

// The node that a tensor or an input belongs to: "^x" -> "x", "x:0" -> "x".
std::string NodeOf(const std::string& tensor) {
  const std::size_t begin = tensor.starts_with('^') ? 1 : 0;
  return tensor.substr(begin, tensor.find(':') - begin);
}

bool HasTag(const saved_model::MetaGraphDef& graph) {
  for (const std::string& tag : graph.meta_info_def().tags()) {
    if (tag == kServeTag) return true;
  }
  return false;
}

// The nodes that feed the outputs of `signature`.
std::set<std::string> NodesBefore(const saved_model::GraphDef& graph,
                                  const saved_model::SignatureDef& signature) {
  std::map<std::string, const saved_model::NodeDef*> by_name;
  for (const auto& node : graph.node()) by_name.emplace(node.name(), &node);
  std::set<std::string> seen;
  std::vector<std::string> open;
  for (const auto& [key, output] : signature.outputs()) open.push_back(NodeOf(output.name()));
  while (!open.empty()) {
    const std::string name = std::move(open.back());
    open.pop_back();
    if (!seen.insert(name).second) continue;
    const auto found = by_name.find(name);
    if (found == by_name.end()) continue;
    for (const std::string& input : found->second->input()) open.push_back(NodeOf(input));
  }
  return seen;
}

// `nodes` and all that depend on them.
std::set<std::string> NodesAfter(const saved_model::GraphDef& graph, std::set<std::string> nodes) {
  std::map<std::string, std::vector<std::string>> users;
  for (const auto& node : graph.node()) {
    for (const std::string& input : node.input()) users[NodeOf(input)].push_back(node.name());
  }
  std::vector<std::string> open(nodes.begin(), nodes.end());
  while (!open.empty()) {
    const std::vector<std::string> next = std::move(users[open.back()]);
    open.pop_back();
    for (const std::string& user : next) {
      if (nodes.insert(user).second) open.push_back(user);
    }
  }
  return nodes;
}

void Cut(saved_model::MetaGraphDef& graph, const std::string& signature) {
  const saved_model::SignatureDef kept = graph.signature_def().at(signature);
  const std::set<std::string> needed = NodesBefore(graph.graph_def(), kept);
  std::set<std::string> inputs;
  for (const auto& [key, other] : graph.signature_def()) {
    for (const auto& [name, input] : other.inputs()) {
      std::string node = NodeOf(input.name());
      if (!needed.contains(node)) inputs.insert(std::move(node));
    }
  }
  const std::set<std::string> gone = NodesAfter(graph.graph_def(), std::move(inputs));
  auto& nodes = *graph.mutable_graph_def()->mutable_node();
  nodes.erase(std::remove_if(nodes.begin(), nodes.end(),
                             [&](const auto& node) {
                               return gone.contains(node.name()) && !needed.contains(node.name());
                             }),
              nodes.end());
  graph.clear_signature_def();
  (*graph.mutable_signature_def())[std::string(kDefaultSignature)] = kept;
}

}  // namespace

Result<std::string> CutToSignature(std::span<const std::uint8_t> saved_model_pb,
                                   const std::string& signature) {
  saved_model::SavedModel file;
  if (!file.ParseFromArray(saved_model_pb.data(), static_cast<int>(saved_model_pb.size()))) {
    return Error{Code::kDataLoss, "saved_model.pb is damaged: it is no SavedModel protobuf"};
  }
  for (auto& graph : *file.mutable_meta_graphs()) {
    if (!HasTag(graph) || !graph.signature_def().contains(signature)) continue;
    Cut(graph, signature);
    return file.SerializeAsString();
  }
  return Error{Code::kInvalidArgument,
               "no graph tagged \"serve\" has the signature \"" + signature + "\""};
}

Result<std::unique_ptr<CutCopy>> CutCopy::Make(const fs::path& saved_model,
                                               const std::string& signature) {
  const auto bytes = ReadIfThere(saved_model / "saved_model.pb", kSavedModelBytesMax);
  if (!bytes) return bytes.error();
  if (!*bytes) return Error{Code::kNotFound, "saved_model.pb is gone"};
  const auto cut = CutToSignature(**bytes, signature);
  if (!cut) return cut.error();
  std::error_code ignored;
  Error refusal{Code::kUnavailable, ""};
  // A container whose disk is read-only has the second.
  for (const fs::path& folder : {fs::temp_directory_path(ignored), fs::path("/dev/shm")}) {
    auto copy = WriteInto(folder, saved_model, *cut);
    if (copy) return copy;
    if (refusal.message.empty()) refusal = copy.error();
  }
  return Annotate(refusal, "a copy with the signature \"" + signature +
                               "\" alone cannot be written, the environment variable TMPDIR names "
                               "another folder for it");
}

Result<std::unique_ptr<CutCopy>> CutCopy::WriteInto(const fs::path& folder,
                                                    const fs::path& saved_model,
                                                    const std::string& cut) {
  std::string name = (folder / "credence-signature-XXXXXX").string();
  const auto refuse = [&](int cause) {
    return Error{Code::kUnavailable, name + ": " + std::generic_category().message(cause)};
  };
  if (::mkdtemp(name.data()) == nullptr) return refuse(errno);
  std::unique_ptr<CutCopy> copy(new CutCopy(name));
  std::ofstream out(copy->path_ / "saved_model.pb", std::ios::binary);
  out << cut;
  out.close();
  if (!out) return refuse(errno);
  std::error_code error;
  for (const char* part : {"variables", "assets"}) {
    const fs::path from = fs::absolute(saved_model / part, error);
    if (error || !fs::exists(from, error)) continue;
    fs::create_directory_symlink(from, copy->path_ / part, error);
    if (error) return refuse(error.value());
  }
  return copy;
}

CutCopy::~CutCopy() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace credence::model
