// Tensors as JSON. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "api/tensor/json_reader.h"
#include "base/result.h"
#include "model/tensor.h"

namespace credence::api::tensor {

// Appends elements first .. first + count - 1: numbers that read back as the same value, floats
// always with a point or an exponent, as typed clients want it; NaN, Infinity, -Infinity; true,
// false. With commas between them.
void AppendElements(const model::Tensor& tensor, std::size_t first, std::size_t count,
                    std::string& out);
// As nested lists of tensor.shape from `axis` on, beginning with element `first`.
void AppendNested(const model::Tensor& tensor, std::size_t axis, std::size_t first,
                  std::string& out);
// Appends `text` as a JSON string.
void AppendString(std::string_view text, std::string& out);

// Takes the next value of `json` as one element of `type`, and appends it to `data`. Whole numbers
// and booleans are taken for those types only, in their range; any number for a float.
// Errors: kInvalidArgument - "JSON Value: "a" Type: String is not of expected type: float"; or
//         json.ParseError(), when the value is no JSON.
Result<void> ReadElement(JsonReader& json, model::DataType type, std::vector<std::byte>& data);

// "JSON Value: "a" Type: String", of the next value; values are cut to 256 bytes.
std::string QuoteNext(JsonReader json);

}  // namespace credence::api::tensor
