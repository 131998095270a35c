#include "predictor/tensor_input.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "predictor/number_range.h"

namespace credence::predictor {
namespace {

std::string DescribeInputs(const model::ModelInfo& info) {
  std::string text;
  for (const model::TensorSpec& spec : info.inputs) {
    text += (text.empty() ? "\"" : ", \"") + spec.name + "\" " + Describe(spec);
  }
  return text;
}

const model::Tensor* Find(const Tensors& sent, const model::TensorSpec& spec, bool only_input) {
  for (const model::Tensor& tensor : sent.all) {
    if (tensor.name == spec.name || (only_input && tensor.name.empty())) return &tensor;
  }
  return nullptr;
}

// `tensor` with elements of `type`, each the same number.
Result<void> ConvertTo(model::DataType type, const model::Tensor& tensor, model::Tensor& out) {
  out.name = tensor.name;
  out.type = type;
  out.shape = tensor.shape;
  out.data.clear();
  if (auto whole = CheckLength(tensor); !whole) return whole;
  for (std::size_t i = 0; i < static_cast<std::size_t>(tensor.elements()); ++i) {
    const double value = model::ValueAt(tensor, i);
    if (!model::AppendValue(value, out)) {
      return Invalid("input \"" + tensor.name + "\" holds " + std::to_string(value) +
                     ", which is no " + std::string(model::TypeName(type)));
    }
  }
  return {};
}

// The numbers of a picture's tensor as [height, width, channels], red first.
std::vector<float> Interleaved(const model::Tensor& tensor, const image::InputContract& contract) {
  const auto channels = static_cast<std::size_t>(contract.channels);
  const auto count = static_cast<std::size_t>(tensor.elements());
  const std::size_t area = count / channels;
  std::vector<float> values(count);
  const bool planar = contract.layout == image::Layout::kNchw;
  const bool reversed = contract.channel_order == image::ChannelOrder::kBgr;
  if (tensor.type == model::DataType::kFloat32 && (channels == 1 || (!planar && !reversed))) {
    std::memcpy(values.data(), tensor.data.data(), count * sizeof(float));
    return values;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t c = i % channels, place = reversed ? channels - 1 - c : c;
    const std::size_t at = planar ? place * area + i / channels : i - c + place;
    values[i] = static_cast<float>(model::ValueAt(tensor, at));
  }
  return values;
}

// The tensor of one picture as it was sent, if it is one of `wanted` already; nullptr: it has to be
// made, or refused.
const model::Tensor* AsItIs(const Tensors& sent, const model::TensorSpec& one,
                            model::DataType wanted) {
  if (sent.untyped || sent.all.size() != 1) return nullptr;
  const model::Tensor& tensor = sent.all[0];
  const bool fits = tensor.name == one.name && tensor.type == wanted && CheckFits(tensor, one);
  return fits ? &tensor : nullptr;
}

// Makes that tensor, [1, …].
Result<model::Tensor> MakeOne(const Tensors& sent, const model::TensorSpec& one,
                              model::DataType wanted) {
  Tensors whole = sent;  // with a leading axis
  for (model::Tensor& tensor : whole.all) {
    if (tensor.shape.size() + 1 == one.shape.size()) tensor.shape.insert(tensor.shape.begin(), 1);
  }
  model::ModelInfo info;
  info.inputs = {one};
  std::vector<model::Tensor> read;
  if (auto done = ReadTensors(whole, info, read); !done) return done.error();
  if (read[0].type == wanted) return std::move(read[0]);
  model::Tensor converted;
  if (auto done = ConvertTo(wanted, read[0], converted); !done) return done.error();
  return converted;
}

}  // namespace

Error TakesNoPicture(const model::ModelInfo& info) {
  return Invalid("this model takes no picture: " + info.no_view +
                 "; send its tensors as {\"inputs\": {NAME: …}}: " + DescribeInputs(info));
}

Result<void> ReadTensors(const Tensors& sent, const model::ModelInfo& info,
                         std::vector<model::Tensor>& out) {
  out.clear();
  for (const model::TensorSpec& spec : info.inputs) {
    const model::Tensor* tensor = Find(sent, spec, info.inputs.size() == 1);
    if (tensor == nullptr) {
      return Invalid("there is no input \"" + spec.name + "\"; the model takes " +
                     DescribeInputs(info));
    }
    model::Tensor& given = out.emplace_back();
    if (sent.untyped) {
      if (auto done = ConvertTo(spec.type, *tensor, given); !done) return done;
    } else {
      given = *tensor;
    }
    given.name = spec.name;
    if (auto fits = CheckFits(given, spec); !fits) return fits;
  }
  if (sent.all.size() == info.inputs.size()) return {};
  for (const model::Tensor& tensor : sent.all) {
    const bool known = std::ranges::any_of(
        info.inputs, [&](const model::TensorSpec& spec) { return spec.name == tensor.name; });
    if (!known) {
      return Invalid("the model has no input \"" + tensor.name + "\"; it takes " +
                     DescribeInputs(info));
    }
  }
  return Invalid("an input was sent twice; the model takes " + DescribeInputs(info));
}

Result<void> ReadPictureTensor(const Tensors& sent, const model::ModelInfo& info,
                               const image::InputContract& contract, Answer& answer) {
  model::TensorSpec one = info.inputs[0];
  one.shape[0] = 1;  // where the model takes any number, or a fixed one
  const bool floats = contract.element == image::ElementType::kFloat32;
  const model::DataType wanted = floats ? model::DataType::kFloat32 : model::DataType::kUint8;
  model::Tensor made;
  const model::Tensor* tensor = AsItIs(sent, one, wanted);
  if (tensor == nullptr) {
    auto done = MakeOne(sent, one, wanted);
    if (!done) return done.error();
    made = *std::move(done);
    tensor = &made;
  }
  const std::vector<float> values = Interleaved(*tensor, contract);
  const auto [low, high] = std::ranges::minmax_element(values);
  const NumberSpan span = {*low, *high};
  const bool fits = InModelRange(span, contract.range);
  if (!fits) answer.misfit = span;
  image::Pixels& levels = answer.adapted.canonical;
  levels.Reshape(contract.width, contract.height, contract.channels);
  ToLevels(values, NumberRange::kModel, contract.range, levels);
  image::Adaptation origin{};
  origin.step = image::Adaptation::Step::kArray;
  origin.width = contract.width;
  origin.height = contract.height;
  origin.channels = contract.channels;
  origin.text = RangeName(fits ? NumberRange::kModel : NumberRange::kNone);
  answer.adapted.adaptations.push_back(origin);
  answer.tensor.assign(tensor->data.begin(), tensor->data.end());
  return {};
}

Result<void> SplitRows(const model::ModelInfo& info, std::size_t rows_max,
                       Recycled<Input>& inputs) {
  if (!info.view || inputs.size() != 1) return {};
  const auto* sent = std::get_if<Tensors>(&inputs[0]);
  if (sent == nullptr || sent->all.size() != 1) return {};
  const model::Tensor& first = sent->all[0];
  if (first.shape.size() != info.inputs[0].shape.size() || first.shape[0] == 1) return {};
  if (first.shape[0] < 1) return Invalid("input \"" + first.name + "\" has no rows");
  const auto rows = static_cast<std::size_t>(first.shape[0]);
  if (rows > rows_max) {
    return Error{Code::kTooLarge, "input \"" + first.name + "\" has " + std::to_string(rows) +
                                      " rows; the limit is " + std::to_string(rows_max)};
  }
  const Tensors batch = *sent;
  const model::Tensor& tensor = batch.all[0];
  const std::size_t each = tensor.data.size() / rows;
  if (each * rows != tensor.data.size()) {
    return Invalid("input \"" + tensor.name + "\" has " + std::to_string(tensor.data.size()) +
                   " bytes, which are no " + std::to_string(rows) + " rows");
  }
  inputs.Clear();
  for (std::size_t i = 0; i < rows; ++i) {
    auto& row = Become<Tensors>(inputs.Add());
    row.untyped = batch.untyped;
    row.all.resize(1);
    row.all[0].name = tensor.name;
    row.all[0].type = tensor.type;
    row.all[0].shape = tensor.shape;
    row.all[0].shape[0] = 1;
    const auto begin = tensor.data.begin() + static_cast<std::ptrdiff_t>(i * each);
    row.all[0].data.assign(begin, begin + static_cast<std::ptrdiff_t>(each));
  }
  return {};
}

}  // namespace credence::predictor
