// Files for this room's tests: a folder that goes away, and writers of small files.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/byte_stream.h"
#include "data/idx.h"

namespace credence::data {

class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "credence_data_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

  std::filesystem::path Write(std::string_view name, std::string_view bytes) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }
  std::string Read(std::string_view name) const {
    std::ifstream in(path_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void WriteIdx(std::string_view name, const std::vector<std::int64_t>& dims,
                const std::vector<std::uint8_t>& values) const {
    Result<IdxWriter> writer = IdxWriter::Create(path_ / name, dims);
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->Append(values));
    ASSERT_TRUE(writer->Finish());
  }

 private:
  std::filesystem::path path_;
};

}  // namespace credence::data
