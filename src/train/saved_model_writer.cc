#include "train/saved_model_writer.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <span>
#include <utility>

#include "base/check.h"
#include "model/saved_model.pb.h"

namespace credence::train {
namespace {

namespace pb = ::credence::saved_model;

// TensorFlow's DataType numbers.
constexpr int kFloat = 1;
constexpr int kUint8 = 4;
constexpr int kInt32 = 3;

using Dims = std::initializer_list<std::int64_t>;

void SetShape(Dims dims, pb::TensorShapeProto& shape) {
  for (const std::int64_t size : dims) shape.add_dim()->set_size(size);
}

template <class T>
void SetContent(int dtype, Dims dims, std::span<const T> values, pb::TensorProto& tensor) {
  static_assert(std::endian::native == std::endian::little, "tensor_content is little-endian");
  tensor.set_dtype(dtype);
  SetShape(dims, *tensor.mutable_tensor_shape());
  tensor.mutable_tensor_content()->assign(reinterpret_cast<const char*>(values.data()),
                                          values.size_bytes());
}

// Adds nodes one after another; each Add returns the name that others take as their input.
class GraphBuilder {
 public:
  explicit GraphBuilder(pb::GraphDef& graph) : graph_(graph) {}

  std::string Placeholder(const std::string& name, int dtype, Dims dims) {
    pb::NodeDef& node = Node(name, "Placeholder", {});
    Attr(node, "dtype").set_type(dtype);
    SetShape(dims, *Attr(node, "shape").mutable_shape());
    return name;
  }

  template <class T>
  std::string Const(const std::string& name, int dtype, Dims dims, std::span<const T> values) {
    pb::NodeDef& node = Node(name, "Const", {});
    Attr(node, "dtype").set_type(dtype);
    SetContent(dtype, dims, values, *Attr(node, "value").mutable_tensor());
    return name;
  }
  std::string Weights(const std::string& name, Dims dims, const std::vector<float>& values) {
    return Const(name, kFloat, dims, std::span<const float>(values));
  }

  // An operation on floats.
  pb::NodeDef& Node(const std::string& name, const char* op, std::vector<std::string> inputs) {
    pb::NodeDef& node = *graph_.add_node();
    node.set_name(name);
    node.set_op(op);
    for (std::string& input : inputs) node.add_input(std::move(input));
    if (!inputs.empty()) Attr(node, "T").set_type(kFloat);
    return node;
  }
  std::string Float(const std::string& name, const char* op, std::vector<std::string> inputs) {
    return Node(name, op, std::move(inputs)).name();
  }

  static pb::AttrValue& Attr(pb::NodeDef& node, const char* key) {
    return (*node.mutable_attr())[key];
  }
  static void Ints(pb::NodeDef& node, const char* key, Dims values) {
    for (const std::int64_t value : values) Attr(node, key).mutable_list()->add_i(value);
  }
  static void Text(pb::NodeDef& node, const char* key, const char* value) {
    Attr(node, key).set_s(value);
  }

 private:
  pb::GraphDef& graph_;
};

std::string AddConv(GraphBuilder& graph, const std::string& name, const FrozenConv& conv,
                    const std::string& input) {
  const std::string weights = graph.Weights(
      name + "/weights", {conv.kernel, conv.kernel, conv.inputs, conv.filters}, conv.weights);
  const std::string bias = graph.Weights(name + "/bias", {conv.filters}, conv.bias);
  pb::NodeDef& node = graph.Node(name + "/conv", "Conv2D", {input, weights});
  GraphBuilder::Ints(node, "strides", {1, 1, 1, 1});
  GraphBuilder::Ints(node, "dilations", {1, 1, 1, 1});
  GraphBuilder::Text(node, "padding", conv.padding == Padding::kSame ? "SAME" : "VALID");
  GraphBuilder::Text(node, "data_format", "NHWC");
  const std::string sum = graph.Float(name + "/add", "BiasAdd", {node.name(), bias});
  return graph.Float(name + "/relu", "Relu", {sum});
}

std::string AddPool(GraphBuilder& graph, const std::string& name, const std::string& input) {
  pb::NodeDef& node = graph.Node(name, "MaxPool", {input});
  GraphBuilder::Ints(node, "ksize", {1, 2, 2, 1});
  GraphBuilder::Ints(node, "strides", {1, 2, 2, 1});
  GraphBuilder::Text(node, "padding", "VALID");
  GraphBuilder::Text(node, "data_format", "NHWC");
  return name;
}

// The sums that a ReLU or, in the head, the softmax takes.
std::string AddDense(GraphBuilder& graph, const std::string& name, const FrozenDense& dense,
                     const std::string& input) {
  const std::string weights =
      graph.Weights(name + "/weights", {dense.inputs, dense.units}, dense.weights);
  const std::string bias = graph.Weights(name + "/bias", {dense.units}, dense.bias);
  const std::string product = graph.Float(name + "/matmul", "MatMul", {input, weights});
  return graph.Float(name + "/add", "BiasAdd", {product, bias});
}

std::string AddFlatten(GraphBuilder& graph, int size, const std::string& input) {
  const std::int32_t shape[] = {-1, size};
  const std::string to =
      graph.Const("flatten/shape", kInt32, {2}, std::span<const std::int32_t>(shape));
  pb::NodeDef& node = graph.Node("flatten", "Reshape", {input, to});
  GraphBuilder::Attr(node, "Tshape").set_type(kInt32);
  return node.name();
}

std::string AddInput(GraphBuilder& graph, const Shape& shape, InputElement element) {
  const Dims dims = {-1, shape.height, shape.width, shape.channels};
  if (element == InputElement::kFloat32) return graph.Placeholder("image", kFloat, dims);
  const std::string levels = graph.Placeholder("image", kUint8, dims);
  pb::NodeDef& cast = graph.Node("levels", "Cast", {});
  cast.add_input(levels);
  GraphBuilder::Attr(cast, "SrcT").set_type(kUint8);
  GraphBuilder::Attr(cast, "DstT").set_type(kFloat);
  const float share[] = {1.0f / 255};
  const std::string factor = graph.Const("scale/factor", kFloat, {}, std::span<const float>(share));
  return graph.Float("scale", "Mul", {cast.name(), factor});
}

struct Taps {
  std::string features, logits, probabilities;
};

Taps AddLayers(GraphBuilder& graph, const FrozenNet& net, std::string at) {
  int convs = 0, pools = 0, denses = 0;
  for (std::size_t i = 0; i + 1 < net.layers.size(); ++i) {
    if (const auto* conv = std::get_if<FrozenConv>(&net.layers[i])) {
      at = AddConv(graph, "conv_" + std::to_string(++convs), *conv, at);
    } else if (const auto* dense = std::get_if<FrozenDense>(&net.layers[i])) {
      if (denses == 0) at = AddFlatten(graph, dense->inputs, at);
      const std::string name = "dense_" + std::to_string(++denses);
      at = graph.Float(name + "/relu", "Relu", {AddDense(graph, name, *dense, at)});
    } else {
      at = AddPool(graph, "pool_" + std::to_string(++pools), at);
    }
  }
  const auto* head = std::get_if<FrozenDense>(&net.layers.back());
  CREDENCE_CHECK(head != nullptr);
  if (denses == 0) at = AddFlatten(graph, head->inputs, at);
  const std::string logits = AddDense(graph, "head", *head, at);
  return {at, logits, graph.Float("probabilities", "Softmax", {logits})};
}

void SetInfo(const std::string& node, int dtype, Dims dims, pb::TensorInfo& info) {
  info.set_name(node + ":0");
  info.set_dtype(dtype);
  SetShape(dims, *info.mutable_tensor_shape());
}

}  // namespace

std::string EncodeSavedModel(const FrozenNet& net, InputElement element) {
  pb::SavedModel model;
  model.set_saved_model_schema_version(1);
  pb::MetaGraphDef& meta = *model.add_meta_graphs();
  meta.mutable_meta_info_def()->add_tags("serve");
  meta.mutable_graph_def()->mutable_versions()->set_producer(561);
  meta.mutable_graph_def()->mutable_versions()->set_min_consumer(12);

  GraphBuilder graph(*meta.mutable_graph_def());
  const Taps taps = AddLayers(graph, net, AddInput(graph, net.input, element));

  const auto& head = std::get<FrozenDense>(net.layers.back());
  pb::SignatureDef& signature = (*meta.mutable_signature_def())["serving_default"];
  signature.set_method_name("tensorflow/serving/predict");
  SetInfo("image", element == InputElement::kFloat32 ? kFloat : kUint8,
          {-1, net.input.height, net.input.width, net.input.channels},
          (*signature.mutable_inputs())["image"]);
  auto& outputs = *signature.mutable_outputs();
  SetInfo(taps.probabilities, kFloat, {-1, head.units}, outputs["probabilities"]);
  SetInfo(taps.logits, kFloat, {-1, head.units}, outputs["logits"]);
  SetInfo(taps.features, kFloat, {-1, head.inputs}, outputs["features"]);

  std::string bytes;
  {
    google::protobuf::io::StringOutputStream stream(&bytes);
    google::protobuf::io::CodedOutputStream coded(&stream);
    coded.SetSerializationDeterministic(true);  // maps in the order of their keys
    CREDENCE_CHECK(model.SerializeToCodedStream(&coded));
  }
  return bytes;
}

Result<void> WriteSavedModel(const FrozenNet& net, InputElement element,
                             const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / "saved_model.pb";
  std::ofstream out(file, std::ios::binary);
  out << EncodeSavedModel(net, element);
  out.close();
  if (!out) return Error{Code::kUnavailable, "cannot write " + file.string()};
  return {};
}

}  // namespace credence::train
