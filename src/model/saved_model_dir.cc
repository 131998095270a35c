#include "model/saved_model_dir.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/list_folder.h"
#include "base/read_file.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;

bool HasVariables(const SavedModelInfo& info) {
  static constexpr std::array<std::string_view, 3> kOps = {"VarHandleOp", "VariableV2", "Variable"};
  return std::ranges::any_of(
      kOps, [&info](std::string_view op) { return std::ranges::binary_search(info.ops, op); });
}

std::string FilesIn(const fs::path& dir) {
  constexpr int kNamesMax = 8;
  std::string names;
  int count = 0;
  ForEachName(dir, [&](const char* name) {
    if (++count > kNamesMax) {
      names += ", …";
      return false;
    }
    names.append(names.empty() ? "" : ", ").append(name);
    return true;
  });
  return names.empty() ? "the folder is empty" : "the folder holds " + names;
}

}  // namespace

Result<SavedModelInfo> ReadSavedModelDir(const fs::path& dir) {
  const fs::path file = dir / "saved_model.pb";
  const auto bytes = ReadIfThere(file, kSavedModelBytesMax);
  if (!bytes) return bytes.error();
  if (!*bytes) {
    return Error{Code::kNotFound, dir.string() + ": no saved_model.pb in it (" + FilesIn(dir) +
                                      "); give the folder that Keras' model.export(DIR) or "
                                      "tf.saved_model.save wrote"};
  }
  Result<SavedModelInfo> info = ReadSavedModel(**bytes);
  if (!info.ok()) return Annotate(info.error(), dir.string());
  // The engine opens it, too, whether the graph has variables or not.
  const auto index = CheckRegularFile(dir / "variables" / "variables.index");
  if (!index && index.error().code != Code::kNotFound) return index.error();
  if (!index && HasVariables(*info)) {
    return Error{Code::kDataLoss, dir.string() +
                                      ": variables/variables.index is missing, so the model has no "
                                      "weights; copy the whole folder, not saved_model.pb alone"};
  }
  return info;
}

Result<std::string> ChooseSignature(const SavedModelInfo& info, const std::string& asked) {
  const std::string wanted = asked.empty() ? std::string(kDefaultSignature) : asked;
  std::string known;
  for (const SignatureDef& one : info.signatures) {
    if (one.key == wanted) return wanted;
    known += (known.empty() ? "\"" : ", \"") + one.key + "\"";
  }
  if (asked.empty() && info.signatures.size() == 1) return info.signatures[0].key;
  return Error{Code::kInvalidArgument,
               "the model has no signature \"" + wanted + "\"; it has " +
                   (known.empty() ? "none: export it for serving (Keras: model.export(DIR))"
                                  : known + ": --signature chooses one")};
}

}  // namespace credence::model
