#include "model/signature.h"

#include <google/protobuf/io/coded_stream.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "model/saved_model.pb.h"

namespace credence::model {
namespace {

constexpr int kProtoNestingMax = 32;  // messages within messages; 6 are used
constexpr std::string_view kInitOp = "__saved_model_init_op";

TensorInfo Convert(const std::string& key, const saved_model::TensorInfo& from) {
  TensorInfo info;
  info.key = key;
  info.name = from.name();
  info.dtype = from.dtype();
  info.unknown_rank = from.tensor_shape().unknown_rank();
  for (const auto& dim : from.tensor_shape().dim()) info.shape.push_back(dim.size());
  return info;
}

template <class Map>
std::vector<TensorInfo> SortedByKey(const Map& tensors) {
  std::vector<TensorInfo> sorted;
  for (const auto& [key, tensor] : tensors) sorted.push_back(Convert(key, tensor));
  std::ranges::sort(sorted, {}, &TensorInfo::key);
  return sorted;
}

SignatureDef Convert(const std::string& key, const saved_model::SignatureDef& from) {
  return {.key = key,
          .method_name = from.method_name(),
          .inputs = SortedByKey(from.inputs()),
          .outputs = SortedByKey(from.outputs())};
}

std::vector<SignatureDef> Signatures(const saved_model::MetaGraphDef& graph) {
  std::vector<SignatureDef> signatures;
  for (const auto& [key, from] : graph.signature_def()) {
    if (key != kInitOp) signatures.push_back(Convert(key, from));
  }
  std::ranges::sort(signatures, {}, &SignatureDef::key);
  return signatures;
}

std::optional<SignatureDef> InitOp(const saved_model::MetaGraphDef& graph) {
  const auto found = graph.signature_def().find(std::string(kInitOp));
  if (found == graph.signature_def().end()) return std::nullopt;
  return Convert(found->first, found->second);
}

std::vector<std::string> DistinctOps(const saved_model::GraphDef& graph) {
  std::set<std::string> ops;
  for (const auto& node : graph.node()) ops.insert(node.op());
  for (const auto& function : graph.library().function()) {
    for (const auto& node : function.node_def()) ops.insert(node.op());
  }
  return {ops.begin(), ops.end()};
}

std::vector<std::string> Assets(const saved_model::MetaGraphDef& graph) {
  std::set<std::string> assets;
  for (const auto& asset : graph.asset_file_def()) assets.insert(asset.filename());
  return {assets.begin(), assets.end()};
}

std::string TagSets(const saved_model::SavedModel& file) {
  std::string text;
  for (const auto& graph : file.meta_graphs()) {
    text += text.empty() ? "{" : ", {";
    for (int i = 0; i < graph.meta_info_def().tags_size(); ++i) {
      text += (i > 0 ? ", " : "") + graph.meta_info_def().tags(i);
    }
    text += "}";
  }
  return text;
}

}  // namespace

std::string DataTypeName(int dtype) {
  static constexpr std::array<std::string_view, 24> kNames = {
      "DT_INVALID",    "DT_FLOAT",  "DT_DOUBLE",    "DT_INT32",   "DT_UINT8",   "DT_INT16",
      "DT_INT8",       "DT_STRING", "DT_COMPLEX64", "DT_INT64",   "DT_BOOL",    "DT_QINT8",
      "DT_QUINT8",     "DT_QINT32", "DT_BFLOAT16",  "DT_QINT16",  "DT_QUINT16", "DT_UINT16",
      "DT_COMPLEX128", "DT_HALF",   "DT_RESOURCE",  "DT_VARIANT", "DT_UINT32",  "DT_UINT64"};
  if (dtype >= 0 && dtype < static_cast<int>(kNames.size())) {
    return std::string(kNames[static_cast<std::size_t>(dtype)]);
  }
  return "DT_" + std::to_string(dtype);
}

Result<SavedModelInfo> ReadSavedModel(std::span<const std::uint8_t> saved_model_pb) {
  if (saved_model_pb.size() > kSavedModelBytesMax) {
    return Error{Code::kTooLarge, "saved_model.pb has " + std::to_string(saved_model_pb.size()) +
                                      " bytes; the limit is " +
                                      std::to_string(kSavedModelBytesMax)};
  }
  google::protobuf::io::CodedInputStream stream(saved_model_pb.data(),
                                                static_cast<int>(saved_model_pb.size()));
  stream.SetRecursionLimit(kProtoNestingMax);
  saved_model::SavedModel file;
  if (!file.ParseFromCodedStream(&stream) || !stream.ConsumedEntireMessage()) {
    return Error{Code::kDataLoss, "saved_model.pb is damaged: its " +
                                      std::to_string(saved_model_pb.size()) +
                                      " bytes are not a SavedModel protobuf"};
  }
  if (file.meta_graphs().empty()) {
    return Error{Code::kDataLoss, "saved_model.pb is damaged: it holds no graph"};
  }
  for (const auto& graph : file.meta_graphs()) {
    const auto& tags = graph.meta_info_def().tags();
    if (std::ranges::find(tags, kServeTag) == tags.end()) continue;
    return SavedModelInfo{.tags = {tags.begin(), tags.end()},
                          .tensorflow_version = graph.meta_info_def().tensorflow_version(),
                          .signatures = Signatures(graph),
                          .init_op = InitOp(graph),
                          .ops = DistinctOps(graph.graph_def()),
                          .assets = Assets(graph)};
  }
  return Error{Code::kInvalidArgument, "the SavedModel has no graph tagged \"serve\", only " +
                                           TagSets(file) +
                                           "; export it for serving (Keras: model.export(DIR))"};
}

}  // namespace credence::model
