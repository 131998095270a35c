// PublishedCatalog is where the loader puts the catalog in force, and every thread reads it.
//
// Threads: thread-safe. A lock guards the pointer: std::atomic<std::shared_ptr> takes one as well,
// and in GCC 12 its load does not order what follows it. CatalogReader needs it only once a
// publication.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "base/guarded.h"
#include "serving/catalog.h"

namespace credence::serving {

class PublishedCatalog {
 public:
  void Publish(CatalogPtr catalog) {
    {
      auto in_force = catalog_.lock();
      in_force->swap(catalog);  // the old one is let go of without the lock
    }
    generation_.fetch_add(1, std::memory_order_release);
  }
  // What is served now; never null.
  CatalogPtr Get() const {
    auto catalog = catalog_.lock();
    return *catalog;
  }
  // Grows with every publication.
  std::uint64_t generation() const { return generation_.load(std::memory_order_acquire); }

 private:
  mutable Guarded<CatalogPtr> catalog_{std::make_shared<const Catalog>()};
  std::atomic<std::uint64_t> generation_{0};
};

// One thread's view of it: keeps the catalog until the generation changes, so that a request
// touches no shared count. Confined to its thread.
class CatalogReader {
 public:
  explicit CatalogReader(const PublishedCatalog& published) : published_(published) {}

  const Catalog& Get() {
    const std::uint64_t generation = published_.generation();
    if (generation != generation_) {
      catalog_ = published_.Get();
      generation_ = generation;
    }
    return *catalog_;
  }

 private:
  const PublishedCatalog& published_;
  CatalogPtr catalog_;
  std::uint64_t generation_ = ~std::uint64_t{0};
};

}  // namespace credence::serving
