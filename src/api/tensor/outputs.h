// From a reply to the named tensors that a protocol writes: the model's own outputs, untouched, and
// the verdict beside them. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/tensor/inputs.h"
#include "base/recycled.h"
#include "base/result.h"
#include "model/tensor.h"
#include "serving/request.h"

namespace credence::api::tensor {

using Outputs = Recycled<model::Tensor>;

// Sets `out` to one tensor for each of ModelInfo::outputs, in that order, with the rows of all
// answers. Takes the buffers of the answers.
// An output that is not finite is given as it is: there is no verdict on that row.
// Errors: the reply's; that of the first answer that has one, with the place of its row if there
//         are several. REQUIRES: the request asked for outputs.
Result<void> GatherOutputs(serving::Reply& reply, const Fit& fit, Outputs& out);

// What is told of the reliability of an answer.
enum class Told { kVerdict, kConfidence, kFamiliarity, kSet };

// What an output of that name is asked for, "credence/verdict" or "credence_verdict"; nullopt: it
// is the model's own.
std::optional<Told> FindTold(std::string_view output_name);
std::string_view ToldName(Told told);  // "verdict", "confidence", "familiarity", "set"

// A tensor of texts.
struct TextTensor {
  std::vector<std::int64_t> shape;
  std::vector<std::string> values;
};

// One element an answer, shape [answers]. The set is JSON, such as ["7","1"]; a number that there
// is not (the version has no profile) is NaN.
TextTensor VerdictTexts(const serving::Reply& reply);
TextTensor SetTexts(const serving::Reply& reply);
model::Tensor ToldNumbers(const serving::Reply& reply, Told told);  // kConfidence, kFamiliarity

// The verdict as a value of a response's parameters, as JSON: of one answer "reliable" or 0.98,
// null where there is no number; of several a JSON list of those.
std::string ToldJson(const serving::Reply& reply, Told told);

// Header lines, each ended by CRLF: `Credence-Verdict: reliable, unfamiliar`, and likewise
// Credence-Confidence and Credence-Familiarity, where every row has one. Above kHeaderRowsMax rows,
// for which a header has no room, only `Credence-Verdict-Counts: reliable=90, unfamiliar=10`.
inline constexpr std::size_t kHeaderRowsMax = 64;
void AppendVerdictHeaders(const serving::Reply& reply, std::string& headers);

}  // namespace credence::api::tensor
