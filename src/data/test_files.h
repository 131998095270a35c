// Files for this room's tests: a folder that goes away, and IDX files in it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/test_folder.h"
#include "data/byte_stream.h"
#include "data/idx.h"

namespace credence::data {

class TestFolder : public credence::TestFolder {
 public:
  void WriteIdx(std::string_view name, const std::vector<std::int64_t>& dims,
                const std::vector<std::uint8_t>& values) const {
    Result<IdxWriter> writer = IdxWriter::Create(path() / name, dims);
    ASSERT_TRUE(writer) << writer.error().message;
    ASSERT_TRUE(writer->Append(values));
    ASSERT_TRUE(writer->Finish());
  }
};

}  // namespace credence::data
