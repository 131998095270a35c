// Column reads the values of one input as they come, row by row, into one tensor. Pure.
#pragma once

#include <cstddef>
#include <string_view>

#include "api/tensor/inputs.h"
#include "api/tensor/json_reader.h"
#include "api/tfs/read.h"
#include "base/result.h"
#include "model/tensor.h"

namespace credence::api::tfs {

class Column {
 public:
  // `pictures`: whether {"b64": …} is a picture file. The references outlive it.
  Column(const model::TensorSpec& spec, bool pictures, tensor::SentTensor& out, Kept& kept);

  // Takes the next value of `json` as the whole tensor.
  Result<void> ReadAll(tensor::JsonReader& json) { return Read(json, 0); }
  // Takes it as the next row.
  Result<void> ReadRow(tensor::JsonReader& json);

 private:
  Result<void> Read(tensor::JsonReader& json, std::size_t depth);
  Result<void> ReadList(tensor::JsonReader& json, std::size_t depth);
  // Whether a number at this depth can only be the tensor's next float.
  bool TakesFloats(std::size_t depth) const {
    return any_ && !out_.text && spec_.type == model::DataType::kFloat32 &&
           out_.shape.size() == depth;
  }
  Result<void> ReadOne(tensor::JsonReader& json, std::size_t depth);
  Result<void> ReadText(tensor::JsonReader& json);

  const model::TensorSpec& spec_;
  const bool pictures_;
  tensor::SentTensor& out_;
  Kept& kept_;
  bool any_ = false;  // an element has been read
};

// Whether the next value of `json` is an object with "b64" alone: a value, not an object of inputs.
bool IsBase64(tensor::JsonReader json);

}  // namespace credence::api::tfs
