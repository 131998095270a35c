#include "model/model_files.h"

#include <fcntl.h>
#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <map>
#include <system_error>

#include "base/list_folder.h"
#include "model/saved_model_dir.h"

namespace credence::model {
namespace {

namespace fs = std::filesystem;

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

constexpr int kNestingMax = 100;               // messages within messages
constexpr std::uint32_t kTextBytesMax = 4096;  // of a key or a value of a reference
constexpr std::size_t kFilesMax = 10'000;

// The messages of onnx.proto that lead to a reference, and the fields that lead on.
enum class Message { kModel, kFunction, kGraph, kNode, kAttribute, kTensor, kSparseTensor, kEntry };
struct Step {
  Message from;
  int field;
  Message to;
};
constexpr Step kSteps[] = {
    {Message::kModel, 7, Message::kGraph},              // graph
    {Message::kModel, 25, Message::kFunction},          // functions
    {Message::kFunction, 7, Message::kNode},            // node
    {Message::kGraph, 1, Message::kNode},               // node
    {Message::kGraph, 5, Message::kTensor},             // initializer
    {Message::kGraph, 15, Message::kSparseTensor},      // sparse_initializer
    {Message::kNode, 5, Message::kAttribute},           // attribute
    {Message::kAttribute, 5, Message::kTensor},         // t
    {Message::kAttribute, 6, Message::kGraph},          // g
    {Message::kAttribute, 10, Message::kTensor},        // tensors
    {Message::kAttribute, 11, Message::kGraph},         // graphs
    {Message::kAttribute, 22, Message::kSparseTensor},  // sparse_tensor
    {Message::kAttribute, 23, Message::kSparseTensor},  // sparse_tensors
    {Message::kSparseTensor, 1, Message::kTensor},      // values
    {Message::kSparseTensor, 2, Message::kTensor},      // indices
    {Message::kTensor, 13, Message::kEntry},            // external_data: key = 1, value = 2
};

// Walks an ONNX model past its weights, which may be large, and gathers its references.
class Walker {
 public:
  explicit Walker(CodedInputStream& in) : in_(in) {}

  // One message, to its limit or the end of the file. False: damaged.
  bool Walk(Message message, int depth = 0) {
    if (depth > kNestingMax) return false;
    std::map<std::string, std::string> reference;
    while (const std::uint32_t tag = in_.ReadTag()) {
      const Step* step = Find(message, WireFormatLite::GetTagFieldNumber(tag));
      const bool nested =
          WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
      if (step == nullptr || !nested) {
        if (!WireFormatLite::SkipField(&in_, tag)) return false;
        continue;
      }
      std::uint32_t bytes = 0;
      if (!in_.ReadVarint32(&bytes)) return false;
      const CodedInputStream::Limit limit = in_.PushLimit(static_cast<int>(bytes));
      const bool read =
          step->to == Message::kEntry ? ReadEntry(reference) : Walk(step->to, depth + 1);
      if (!read || in_.BytesUntilLimit() != 0) return false;
      in_.PopLimit(limit);
    }
    if (!in_.ConsumedEntireMessage()) return false;
    return reference.empty() || Add(reference);
  }

  const std::map<std::string, std::uint64_t>& files() const { return files_; }

 private:
  static const Step* Find(Message from, int field) {
    const auto* found = std::ranges::find_if(
        kSteps, [=](const Step& step) { return step.from == from && step.field == field; });
    return found == std::end(kSteps) ? nullptr : found;
  }

  bool ReadEntry(std::map<std::string, std::string>& reference) {
    std::string key, value;
    while (const std::uint32_t tag = in_.ReadTag()) {
      const int field = WireFormatLite::GetTagFieldNumber(tag);
      std::uint32_t bytes = 0;
      if (field != 1 && field != 2) {
        if (!WireFormatLite::SkipField(&in_, tag)) return false;
      } else if (!in_.ReadVarint32(&bytes) || bytes > kTextBytesMax ||
                 !in_.ReadString(field == 1 ? &key : &value, static_cast<int>(bytes))) {
        return false;
      }
    }
    reference[key] = value;
    return true;
  }

  static std::uint64_t Number(const std::string& text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
  }

  bool Add(std::map<std::string, std::string>& reference) {
    const std::string& location = reference["location"];
    if (location.empty() || files_.size() >= kFilesMax) return false;
    std::uint64_t& bytes = files_[fs::path(location).lexically_normal().string()];
    bytes = std::max(bytes, Number(reference["offset"]) + Number(reference["length"]));
    return true;
  }

  CodedInputStream& in_;
  std::map<std::string, std::uint64_t> files_;
};

// Errors: kUnavailable - `error` does not say that nothing is at `path`.
Result<void> Absent(const fs::path& path, const std::error_code& error) {
  if (!error || error == std::errc::no_such_file_or_directory ||
      error == std::errc::not_a_directory) {
    return {};
  }
  return Error{Code::kUnavailable, path.string() + " cannot be read: " + error.message()};
}

// Adds those of `wanted` that are regular files.
Result<void> AddPresent(const std::vector<fs::path>& wanted, std::vector<fs::path>& files) {
  for (const fs::path& file : wanted) {
    std::error_code error;
    if (fs::is_regular_file(file, error)) {
      files.push_back(file);
    } else if (auto absent = Absent(file, error); !absent) {
      return absent;
    }
  }
  return {};
}

// Of a graph that is damaged, which no engine loads, the assets are not known.
Result<std::vector<fs::path>> SavedModelFiles(const fs::path& folder) {
  const auto info = ReadSavedModelDir(folder);
  if (!info && info.error().code == Code::kUnavailable) return info.error();
  const fs::path variables = folder / "variables";
  std::vector<fs::path> wanted;
  const std::error_code listed = ForEachName(variables, [&](const char* name) {
    wanted.push_back(variables / name);
    return true;
  });
  if (auto absent = Absent(variables, listed); !absent) return absent.error();
  for (const std::string& name : info ? info->assets : std::vector<std::string>()) {
    wanted.push_back(folder / "assets" / name);
  }
  std::vector<fs::path> files = {folder / "saved_model.pb"};
  if (auto added = AddPresent(wanted, files); !added) return added.error();
  return files;
}

}  // namespace

Result<std::vector<ExternalFile>> ExternalFiles(const fs::path& onnx) {
  const int file = ::open(onnx.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return Error{Code::kUnavailable, onnx.string() + " cannot be read: " + std::strerror(errno)};
  }
  google::protobuf::io::FileInputStream stream(file);
  stream.SetCloseOnDelete(true);
  CodedInputStream in(&stream);
  Walker walker(in);
  const bool whole = walker.Walk(Message::kModel);
  if (stream.GetErrno() != 0) {
    return Error{Code::kUnavailable,
                 onnx.string() + " cannot be read: " + std::strerror(stream.GetErrno())};
  }
  if (!whole) {
    return Error{Code::kDataLoss, onnx.string() + " is damaged: it is no ONNX protobuf"};
  }
  std::vector<ExternalFile> files;
  for (const auto& [name, bytes] : walker.files()) {
    if (fs::path(name).is_absolute() || name.starts_with("..")) {
      return Error{Code::kInvalidArgument,
                   onnx.string() + " keeps tensors in " + name + ", which is not in its folder"};
    }
    files.push_back({name, bytes});
  }
  return files;
}

Result<std::vector<fs::path>> ModelFiles(const fs::path& version) {
  std::error_code ignored;
  if (fs::is_directory(version, ignored)) return SavedModelFiles(version);
  std::vector<fs::path> wanted;
  if (version.extension() == ".xml") wanted = {fs::path(version).replace_extension(".bin")};
  if (version.extension() == ".onnx") {
    const auto external = ExternalFiles(version);
    if (!external) return external.error();
    for (const ExternalFile& file : *external) wanted.push_back(version.parent_path() / file.name);
  }
  std::vector<fs::path> files = {version};
  if (auto added = AddPresent(wanted, files); !added) return added.error();
  return files;
}

std::string HowToExport(const fs::path& file) {
  const std::string name = file.filename().string(), extension = file.extension().string();
  if (extension == ".h5" || extension == ".hdf5" || extension == ".keras") {
    return name +
           " is in Keras's own format, which only Keras reads; export it in Python, where it " +
           "was made: keras.models.load_model(\"" + name + "\").export(\"" + file.stem().string() +
           "/1\") writes a SavedModel (Keras before 2.13: tf.saved_model.save(model, \"" +
           file.stem().string() + "/1\"))";
  }
  if (extension == ".pt" || extension == ".pth") {
    return name +
           " is in PyTorch's own format, which runs the code of whoever made it; export it in " +
           "Python: torch.onnx.export(model, example, \"" + file.stem().string() + ".onnx\")";
  }
  return "";
}

}  // namespace credence::model
