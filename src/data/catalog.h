// The data sets that can be fetched by name, with their mirrors and checksums.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace credence::data {

struct CatalogFile {
  std::string_view name;
  std::uint64_t bytes = 0;          // of the file as published
  std::string_view sha256;          // of the file as published
  std::string_view content_sha256;  // of what it unpacks to; empty: not known
};

struct CatalogSet {
  std::string_view name;
  std::span<const std::string_view> mirrors;  // folders, each ending in '/'; tried in this order
  std::span<const CatalogFile> files;
  std::span<const std::string_view> classes;  // written as classes.txt; empty: numbers
};

std::span<const CatalogSet> CatalogSets();

// "mnist", "fashion-mnist"; nullptr: no such set.
const CatalogSet* FindCatalogSet(std::string_view name);

// "mnist, fashion-mnist".
std::string CatalogNames();

}  // namespace credence::data
