#include "api/tensor/inputs.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>
#include <utility>

#include "api/tensor/data_types.h"
#include "serving/predict.h"

namespace credence::api::tensor {
namespace {

using model::DataType;
using model::TensorSpec;
using Shape = std::vector<std::int64_t>;

constexpr std::size_t kPicturesMax = 64;

std::string Quote(std::string_view text) { return "'" + std::string(text.substr(0, 200)) + "'"; }

std::string Text(const Shape& shape) {
  std::string text = "[";
  for (const std::int64_t side : shape) {
    text.append(text.size() > 1 ? "," : "").append(std::to_string(side));
  }
  return text + "]";
}

Error UnexpectedShape(const SentTensor& sent, const TensorSpec& spec, std::string_view model) {
  return Invalid("unexpected shape for input " + Quote(sent.name) + " for model " + Quote(model) +
                 ". Expected " + Text(spec.shape) + ", got " + Text(sent.shape));
}

bool Holds(const TensorSpec& spec, std::span<const std::int64_t> shape) {
  return spec.any_rank ||
         std::equal(shape.begin(), shape.end(), spec.shape.begin(), spec.shape.end(),
                    [](std::int64_t got, std::int64_t want) { return want < 0 || got == want; });
}

// Of the axes behind the first; -1 if one is free.
std::int64_t RowElements(const TensorSpec& spec) {
  std::int64_t product = 1;
  for (std::size_t i = 1; i < spec.shape.size(); ++i) {
    if (spec.shape[i] < 0) return -1;
    product *= spec.shape[i];
  }
  return product;
}

// How many pictures `shape` holds in one of the ways that are accepted; -1: none.
std::int64_t Rows(const TensorSpec& spec, const Shape& shape) {
  const std::span<const std::int64_t> row(spec.shape.begin() + 1, spec.shape.end());
  const auto ends_in = [&shape](std::span<const std::int64_t> end, std::size_t from) {
    return std::ranges::equal(std::span(shape).subspan(from), end);
  };
  if (shape.size() == spec.shape.size() && ends_in(row, 1)) return shape[0];
  if (!row.empty() && row.back() == 1 && shape.size() + 1 == spec.shape.size() &&
      ends_in(row.first(row.size() - 1), 1)) {
    return shape[0];
  }
  if (shape.size() == 2 && shape[1] == RowElements(spec)) return shape[0];
  if (ends_in(row, 0)) return 1;
  return -1;
}

Result<void> CheckNames(const SentTensors& sent, const predictor::Predictor& predictor) {
  const auto& wanted = predictor.model_info().inputs;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    const std::string& name = sent[i].name;
    const auto named = [&name](const auto& one) { return one.name == name; };
    if (std::ranges::none_of(wanted, named)) {
      return Invalid("unexpected inference input " + Quote(name) + " for model " +
                     Quote(predictor.name()));
    }
    if (std::ranges::any_of(sent.all().first(i), named)) {
      return Invalid("input " + Quote(name) + " already exists in request");
    }
  }
  if (sent.size() == wanted.size()) return {};
  std::string names;
  for (const TensorSpec& spec : wanted)
    names.append(names.empty() ? "'" : ", '").append(spec.name + "'");
  return Invalid("expected " + std::to_string(wanted.size()) + " inputs but got " +
                 std::to_string(sent.size()) + " inputs for model " + Quote(predictor.name()) +
                 "; it takes " + names);
}

// Its numbers as the model's type.
Result<void> FitType(const TensorSpec& spec, std::string_view model, SentTensor& sent) {
  if (sent.type == spec.type) return {};
  const std::string_view had = KserveName(sent.type);
  if (auto done = ConvertTo(spec.type, sent); !done) {
    return Invalid("inference input " + Quote(sent.name) + " data-type is '" + std::string(had) +
                   "', but model " + Quote(model) + " expects '" +
                   std::string(KserveName(spec.type)) + "': " + done.error().message);
  }
  return {};
}

Result<void> CheckLength(const SentTensor& sent) {
  std::int64_t elements = 1;
  for (const std::int64_t side : sent.shape) {
    constexpr std::int64_t kMax = std::int64_t{1} << 40;
    if (side < 0 || (side > 0 && elements > kMax / side)) {
      return Invalid("input " + Quote(sent.name) + " cannot have the shape " + Text(sent.shape));
    }
    elements *= side;
  }
  const std::size_t each = sent.text ? 1 : model::ElementBytes(sent.type);
  const std::size_t got = sent.text ? sent.texts.size() : sent.data.size();
  if (got == static_cast<std::size_t>(elements) * each) return {};
  return Invalid("input " + Quote(sent.name) + " has " + std::to_string(got) +
                 (sent.text ? " elements" : " bytes") + "; its shape " + Text(sent.shape) +
                 " has " + std::to_string(static_cast<std::size_t>(elements) * each));
}

// Of a model that takes `type`, which is no text.
Error IsText(const SentTensor& sent, const predictor::Predictor& predictor, DataType type) {
  return Invalid("inference input " + Quote(sent.name) + " data-type is 'BYTES', but model " +
                 Quote(predictor.name()) + " expects '" + std::string(KserveName(type)) + "'");
}

Result<Fit> AddPictureFiles(const SentTensor& sent, Recycled<predictor::Input>& inputs) {
  if (sent.texts.empty()) return Invalid("input " + Quote(sent.name) + " has no rows");
  if (sent.texts.size() > kPicturesMax) {
    return Error{Code::kTooLarge, "input " + Quote(sent.name) + " has " +
                                      std::to_string(sent.texts.size()) +
                                      " pictures; the limit is 64"};
  }
  for (const auto& file : sent.texts) {
    predictor::Become<predictor::EncodedPicture>(inputs.Add()).file = file;
  }
  return Fit{};
}

Result<Fit> AddPictures(SentTensor& sent, const predictor::Predictor& predictor,
                        Recycled<predictor::Input>& inputs) {
  const TensorSpec& spec = predictor.model_info().inputs[0];
  if (sent.text) return AddPictureFiles(sent, inputs);
  const std::int64_t count = Rows(spec, sent.shape);
  if (count < 0) return UnexpectedShape(sent, spec, predictor.name());
  if (count == 0) return Invalid("input " + Quote(sent.name) + " has no rows");
  const auto rows = static_cast<std::size_t>(count);
  if (rows > serving::kRowsMax) {
    return Error{Code::kTooLarge, "input " + Quote(sent.name) + " has " + std::to_string(rows) +
                                      " rows; the limit is " + std::to_string(serving::kRowsMax)};
  }
  if (auto fits = FitType(spec, predictor.name(), sent); !fits) return fits.error();
  const std::size_t each = sent.data.size() / rows;
  for (std::size_t i = 0; i < rows; ++i) {
    auto& tensors = predictor::Become<predictor::Tensors>(inputs.Add());
    tensors.untyped = false;
    tensors.all.resize(1);
    model::Tensor& row = tensors.all[0];
    row.name = spec.name;
    row.type = spec.type;
    row.shape = spec.shape;
    row.shape[0] = 1;
    if (rows == 1) {
      row.data.swap(sent.data);
    } else {
      const auto begin = sent.data.begin() + static_cast<std::ptrdiff_t>(i * each);
      row.data.assign(begin, begin + static_cast<std::ptrdiff_t>(each));
    }
  }
  return Fit{};
}

// Accepts [n] for [-1, 1].
Result<void> FitShape(const TensorSpec& spec, std::string_view model, SentTensor& sent, Fit& fit) {
  if (Holds(spec, sent.shape)) return {};
  Shape longer = sent.shape;
  longer.push_back(1);
  if (spec.shape.empty() || spec.shape.back() != 1 || !Holds(spec, longer)) {
    return UnexpectedShape(sent, spec, model);
  }
  sent.shape = std::move(longer);
  fit.drop_last_axis = true;
  return {};
}

template <class T>
T Load(const std::byte* from) {
  T value;
  std::memcpy(&value, from, sizeof value);
  return value;
}

bool IsWhole(DataType type) {
  return type != DataType::kFloat16 && type != DataType::kBfloat16 && type != DataType::kFloat32 &&
         type != DataType::kFloat64;
}

// Exact for 64 bits, too, which doubles are not. False: `To` does not have the number.
template <class From, class To>
bool ConvertWhole(const std::byte* from, bool to_bool, std::vector<std::byte>& out) {
  const From value = Load<From>(from);
  if (!std::in_range<To>(value) || (to_bool && value > 1)) return false;
  const To converted = static_cast<To>(value);
  const auto* bytes = reinterpret_cast<const std::byte*>(&converted);
  out.insert(out.end(), bytes, bytes + sizeof converted);
  return true;
}

}  // namespace

void SentTensor::Clear() {
  name.clear();
  shape.clear();
  text = false;
  type = DataType::kFloat32;
  data.clear();
  texts.clear();
}

Result<void> ConvertTo(DataType type, SentTensor& tensor) {
  if (tensor.type == type) return {};
  const std::size_t width = model::ElementBytes(tensor.type);
  const model::Tensor from{.name = {}, .type = tensor.type, .shape = {}, .data = tensor.data};
  model::Tensor to{.name = {}, .type = type, .shape = {}, .data = {}};
  const std::size_t count = from.data.size() / width;
  const bool whole = IsWhole(tensor.type);
  to.data.reserve(count * model::ElementBytes(type));
  for (std::size_t i = 0; i < count; ++i) {
    bool exact = false;
    if (whole && IsWhole(type)) {
      exact = model::VisitType(tensor.type, [&](auto* source) {
        return model::VisitType(type, [&](auto* target) {
          using From = std::remove_pointer_t<decltype(source)>;
          using To = std::remove_pointer_t<decltype(target)>;
          if constexpr (std::is_integral_v<From> && std::is_integral_v<To>) {
            return ConvertWhole<From, To>(from.data.data() + i * width, type == DataType::kBool,
                                          to.data);
          }
          return false;
        });
      });
    } else {
      const double value = model::ValueAt(from, i);
      constexpr double kExactMax = 9007199254740992.0;  // 2^53: from here on doubles are rounded
      exact =
          model::AppendValue(value, to) &&
          (!whole || (model::ValueAt(to, i) == value && value < kExactMax && value > -kExactMax));
    }
    if (!exact) {
      return Invalid("element " + std::to_string(i) + " is " +
                     std::to_string(model::ValueAt(from, i)) + ", which is no " +
                     std::string(model::TypeName(type)));
    }
  }
  tensor.type = type;
  tensor.data = std::move(to.data);
  return {};
}

Result<Fit> MakeInputs(SentTensors& sent, const predictor::Predictor& predictor,
                       Recycled<predictor::Input>& inputs) {
  if (auto named = CheckNames(sent, predictor); !named) return named.error();
  for (const SentTensor& one : sent.all()) {
    if (auto whole = CheckLength(one); !whole) return whole.error();
  }
  if (predictor.takes_pictures()) return AddPictures(sent[0], predictor, inputs);
  Fit fit;
  auto& tensors = predictor::Become<predictor::Tensors>(inputs.Add());
  tensors.untyped = false;
  tensors.all.resize(sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) {
    SentTensor& one = sent[i];
    const TensorSpec& spec =
        *std::ranges::find_if(predictor.model_info().inputs,
                              [&one](const auto& input) { return input.name == one.name; });
    if (one.text) return IsText(one, predictor, spec.type);
    if (auto fits = FitType(spec, predictor.name(), one); !fits) return fits.error();
    if (auto fits = FitShape(spec, predictor.name(), one, fit); !fits) return fits.error();
    model::Tensor& tensor = tensors.all[i];
    tensor.name = one.name;
    tensor.type = one.type;
    tensor.shape = one.shape;
    tensor.data.swap(one.data);
  }
  return fit;
}

}  // namespace credence::api::tensor
