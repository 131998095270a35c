#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "base/read_file.h"
#include "base/write_file.h"
#include "cli/options.h"
#include "cli/verbs.h"
#include "security/keys.h"

namespace credence::cli {
namespace {

constexpr std::uintmax_t kKeysBytesMax = 1 << 20;

struct KeyFlags {
  std::string file, name, scopes;
};

// The file's text, "" if there is none, that ends with a line's end. It was parsed.
Result<std::string> Read(const std::string& path) {
  auto text = ReadTextIfThere(path, kKeysBytesMax);
  if (!text) return text.error();
  std::string keys = std::move(*text).value_or("");
  if (const auto parsed = security::ParseKeys(keys); !parsed) {
    return Annotate(parsed.error(), path);
  }
  if (!keys.empty() && !keys.ends_with('\n')) keys.push_back('\n');
  return keys;
}

// Whoever reads the file learns no key, but names; whoever writes it may ask.
Result<void> Write(const std::string& path, const std::string& text) {
  namespace fs = std::filesystem;
  std::error_code error;
  const bool is_new = !fs::exists(path, error);
  if (auto written = WriteAtomically(path, text); !written) return written;
  constexpr auto kOthers = fs::perms::group_write | fs::perms::others_all;
  if (is_new) fs::permissions(path, kOthers, fs::perm_options::remove, error);
  return {};
}

Result<void> Create(const KeyFlags& flags) {
  if (auto valid = security::CheckKeyName(flags.name); !valid) return valid;
  const auto scopes = security::ParseScopes(flags.scopes);
  if (!scopes) return Annotate(scopes.error(), "--scope");
  auto text = Read(flags.file);
  if (!text) return text.error();
  const auto key = security::NewKey();
  if (!key) return key.error();
  text->append(security::KeyLine({flags.name, *scopes, security::HashOf(*key)})).push_back('\n');
  if (const auto parsed = security::ParseKeys(*text); !parsed) {
    return Annotate(parsed.error(), flags.file);
  }
  if (auto written = Write(flags.file, *text); !written) return written;
  std::fprintf(stderr, "%s may %s; this is its key, which is shown only now:\n", flags.name.c_str(),
               security::ScopeNames(*scopes).c_str());
  std::printf("%s\n", key->c_str());
  return {};
}

Result<void> Remove(const KeyFlags& flags) {
  auto text = Read(flags.file);
  if (!text) return text.error();
  std::string rest;
  bool found = false;
  for (std::string_view left = *text; !left.empty();) {
    const std::string_view line = left.substr(0, left.find('\n') + 1);
    left.remove_prefix(line.size());
    const auto parsed = security::ParseKeys(line);
    const bool named = parsed && parsed->size() == 1 && parsed->front().name == flags.name;
    found = found || named;
    if (!named) rest.append(line);
  }
  if (!found) {
    return Error{Code::kNotFound, flags.file + " has no key \"" + flags.name + "\""};
  }
  if (auto written = Write(flags.file, rest); !written) return written;
  std::printf("%s: removed %s\n", flags.file.c_str(), flags.name.c_str());
  return {};
}

Result<void> List(const KeyFlags& flags) {
  const auto text = ReadTextFile(flags.file, kKeysBytesMax);
  if (!text) return text.error();
  const auto keys = security::ParseKeys(*text);
  if (!keys) return Annotate(keys.error(), flags.file);
  for (const security::KeyEntry& key : *keys) {
    std::printf("%s  %s\n", key.name.c_str(), security::ScopeNames(key.scopes).c_str());
  }
  return {};
}

using Act = Result<void> (*)(const KeyFlags&);

cli::Run AddVerb(CLI::App& parent, const char* name, const char* help, Act act) {
  auto flags = std::make_shared<KeyFlags>();
  CLI::App* verb = parent.add_subcommand(name, help);
  verb->add_option("--api-keys", flags->file, "The file of keys; made if need be")
      ->envname("CREDENCE_API_KEYS")
      ->required();
  if (act != List) {
    verb->add_option("name", flags->name, "Whose key it is; stands in the access log")->required();
  }
  if (act == Create) {
    verb->add_option("--scope", flags->scopes,
                     "What it may do: predict, read, admin; several with commas")
        ->required();
  }
  return [flags, act] {
    const auto done = act(*flags);
    return done ? 0 : Fail(done.error());
  };
}

}  // namespace

Run AddKey(CLI::App& app) {
  CLI::App* verb = app.add_subcommand(
      "key",
      "Makes, lists and removes API keys in the file of serve --api-keys.\n"
      "  credence key add dashboard --scope read --api-keys keys   prints the key, keeps its hash\n"
      "A running server notices the change within a second.");
  verb->require_subcommand(1);
  std::vector<std::pair<CLI::App*, Run>> runs;
  const auto add = [&](const char* name, const char* help, Act act) {
    Run run = AddVerb(*verb, name, help, act);
    runs.emplace_back(verb->get_subcommand(name), std::move(run));
  };
  add("add", "Makes a key, prints it once, and writes its hash into the file", Create);
  add("list", "Names and scopes of the keys", List);
  add("remove", "Takes a key out of the file", Remove);
  return [runs = std::move(runs)] {
    for (const auto& [below, run] : runs) {
      if (below->parsed()) return run();
    }
    return 2;
  };
}

}  // namespace credence::cli
