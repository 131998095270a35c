#include "serving/version_table.h"

#include <algorithm>

namespace credence::serving {
namespace {

using Kind = Action::Kind;
using Numbers = std::vector<std::int64_t>;

bool Contains(const Numbers& numbers, std::int64_t number) {
  return std::find(numbers.begin(), numbers.end(), number) != numbers.end();
}

bool IsLabelled(const VersionTable& table, std::int64_t version) {
  return std::any_of(table.labels.begin(), table.labels.end(),
                     [&](const auto& label) { return label.second == version; });
}

bool PolicyWants(const VersionPolicy& policy, std::int64_t version) {
  return policy.kind != VersionPolicy::Kind::kSpecific || Contains(policy.versions, version);
}

// What Wanted says about the policy alone.
Numbers WantedByPolicy(const VersionTable& table, const VersionPolicy& policy) {
  const bool latest = policy.kind == VersionPolicy::Kind::kLatest;
  Numbers wanted;
  for (const KnownVersion& one : table.versions) {
    if (!one.on_disk || one.held || !PolicyWants(policy, one.version)) continue;
    if (latest && !one.available() && one.failed()) continue;
    if (latest && static_cast<std::int64_t>(wanted.size()) == policy.count) break;
    wanted.push_back(one.version);
  }
  return wanted;
}

bool NeedsLoad(const KnownVersion& one) {
  if (!one.on_disk) return false;
  switch (one.state) {
    case VersionState::kStart:
    case VersionState::kEnd:
      return !one.failed();
    case VersionState::kAvailable:
      return one.again || one.tried != one.files;
    case VersionState::kLoading:
    case VersionState::kUnloading:
      return false;
  }
  return false;
}

bool IsLoading(const VersionTable& table) {
  return std::any_of(table.versions.begin(), table.versions.end(),
                     [](const KnownVersion& one) { return one.state == VersionState::kLoading; });
}

// Whether `one`, which is available and not wanted, may go now.
bool MayGo(const VersionTable& table, const Numbers& wanted, const KnownVersion& one) {
  if (one.held) return true;
  const bool any_on_disk = std::any_of(table.versions.begin(), table.versions.end(),
                                       [](const KnownVersion& other) { return other.on_disk; });
  return any_on_disk &&
         std::any_of(table.versions.begin(), table.versions.end(), [&](const KnownVersion& other) {
           return other.available() && Contains(wanted, other.version);
         });
}

}  // namespace

std::string_view StateName(VersionState state) {
  switch (state) {
    case VersionState::kStart:
      return "START";
    case VersionState::kLoading:
      return "LOADING";
    case VersionState::kAvailable:
      return "AVAILABLE";
    case VersionState::kUnloading:
      return "UNLOADING";
    case VersionState::kEnd:
      return "END";
  }
  return "";
}

const KnownVersion* VersionTable::Find(std::int64_t version) const {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const KnownVersion& one) { return one.version == version; });
  return found == versions.end() ? nullptr : &*found;
}

KnownVersion* VersionTable::Find(std::int64_t version) {
  return const_cast<KnownVersion*>(std::as_const(*this).Find(version));
}

bool VersionTable::Serves() const {
  return std::any_of(versions.begin(), versions.end(),
                     [](const KnownVersion& one) { return one.available(); });
}

void Observe(const FoundPredictor* found, bool whole, const LookTime& time, VersionTable& table) {
  for (KnownVersion& one : table.versions) one.on_disk = one.on_disk && !whole;
  if (found != nullptr) table.folder = found->folder;
  const std::size_t count = found == nullptr ? 0 : found->versions.size();
  for (std::size_t i = 0; i < count; ++i) {
    const FoundVersion& seen = found->versions[i];
    KnownVersion* known = table.Find(seen.version);
    const bool is_new = known == nullptr;
    if (is_new) {
      table.versions.emplace_back();
      known = &table.versions.back();
      known->version = seen.version;
    }
    const bool differs =
        known->path != seen.path || (seen.files.whole && known->files != seen.files.stamps);
    if (is_new || differs) {
      const auto age = time.wall - seen.files.changed;
      known->unchanged_since = age >= time.old_enough ? time.now - time.old_enough : time.now;
      // Other files with the same stamps are other files.
      known->again = known->again || (known->available() && known->path != seen.path);
      known->files = seen.files.stamps;
      known->path = seen.path;
    }
    known->on_disk = true;
  }
  std::erase_if(table.versions, [](const KnownVersion& one) {
    const bool in_memory = one.state != VersionState::kStart && one.state != VersionState::kEnd;
    return !one.on_disk && !in_memory && !one.held;
  });
  std::sort(table.versions.begin(), table.versions.end(),
            [](const auto& a, const auto& b) { return a.version > b.version; });
}

Numbers Wanted(const VersionTable& table, const VersionPolicy& policy) {
  const Numbers by_policy = WantedByPolicy(table, policy);
  const Labels labels = Combine(table.label_sources);
  const auto a_label_wants = [&](std::int64_t version) {
    return std::any_of(labels.begin(), labels.end(),
                       [&](const auto& label) { return label.second == version; });
  };
  Numbers wanted;
  for (const KnownVersion& one : table.versions) {
    const bool asked_for =
        !one.held && one.on_disk &&
        (one.forced || a_label_wants(one.version) || Contains(by_policy, one.version));
    if (asked_for || IsLabelled(table, one.version)) wanted.push_back(one.version);
  }
  return wanted;
}

Action NextAction(const VersionTable& table, const VersionPolicy& policy, SteadyTime now,
                  std::chrono::nanoseconds settle) {
  if (IsLoading(table)) return {};  // one action at a time
  const Numbers wanted = Wanted(table, policy);
  Action wait;
  for (const KnownVersion& one : table.versions) {
    if (!Contains(wanted, one.version) || !NeedsLoad(one)) continue;
    const SteadyTime settled = one.unchanged_since + settle;
    if (settled <= now) return {.kind = Kind::kLoad, .version = one.version};
    if (wait.kind == Kind::kNothing || settled < wait.until) {
      wait = {.kind = Kind::kWait, .version = one.version, .until = settled};
    }
  }
  if (wait.kind == Kind::kWait) return wait;
  for (auto one = table.versions.rbegin(); one != table.versions.rend(); ++one) {
    if (one->available() && !Contains(wanted, one->version) && MayGo(table, wanted, *one)) {
      return {.kind = Kind::kUnload, .version = one->version};
    }
  }
  return {};
}

std::optional<std::int64_t> DefaultVersion(const VersionTable& table, const VersionPolicy& policy) {
  if (const auto stable = table.labels.find("stable"); stable != table.labels.end()) {
    return stable->second;
  }
  for (const KnownVersion& one : table.versions) {
    if (one.available() && PolicyWants(policy, one.version)) return one.version;
  }
  return std::nullopt;
}

std::vector<std::string> PointLabels(VersionTable& table) {
  const Labels wanted = Combine(table.label_sources);
  std::erase_if(table.labels, [&](const auto& label) {
    const KnownVersion* target = table.Find(label.second);
    return !wanted.contains(label.first) || target == nullptr || !target->available();
  });
  std::vector<std::string> notes;
  for (const auto& [label, version] : wanted) {
    const KnownVersion* target = table.Find(version);
    if (target != nullptr && target->available()) {
      table.labels[label] = version;
      continue;
    }
    if (target != nullptr && !target->failed() && !target->held) continue;  // it is on its way
    const auto now = table.labels.find(label);
    std::string note = "label " + label + " of " + table.name + " is to point to version " +
                       std::to_string(version) + ", which ";
    if (target == nullptr) {
      note += "is not there";
    } else {
      note += target->held ? "was unloaded" : "was refused: " + target->error;
    }
    if (now != table.labels.end()) {
      note += "; it stays at version " + std::to_string(now->second);
    }
    notes.push_back(std::move(note));
  }
  return notes;
}

}  // namespace credence::serving
