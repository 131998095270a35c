// What the name of a split says it is for.
#pragma once

#include <optional>
#include <string_view>

namespace credence::data {

enum class Role { kTrain, kTest, kValidation };

// Knows train, training; test, testing, t10k; val, valid, validation; in any case, also followed by
// "set", "data", "images", "split" ("Training_Set", "test-images"). Of a name of several words
// joined by '-', '_' or '.', the last counts: "emnist-letters-train".
// Returns nullopt for all others.
std::optional<Role> RoleOf(std::string_view name);

// As RoleOf, but the whole name must be such a word: a class may be called "wheat_test".
std::optional<Role> RoleOfFolder(std::string_view name);

}  // namespace credence::data
