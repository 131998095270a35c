#include "base/child.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/descriptor.h"

extern char** environ;

namespace credence {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::size_t kOutputBytesMax = 64 << 10;
constexpr std::chrono::milliseconds kStopPollPeriod{20};  // how soon a stop is seen

// What posix_spawn is told: see the header. Freed by its destructor.
class SpawnPlan {
 public:
  explicit SpawnPlan(int output) {
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions_, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    posix_spawnattr_init(&attributes_);
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;
  ~SpawnPlan() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }
  // Returns 0 or an error number.
  int Spawn(const std::vector<std::string>& command, pid_t& child) const {
    std::vector<std::string> copies = command;
    std::vector<char*> argv;
    for (std::string& argument : copies) argv.push_back(argument.data());
    argv.push_back(nullptr);
    return ::posix_spawn(&child, argv[0], &actions_, &attributes_, argv.data(), environ);
  }

 private:
  posix_spawn_file_actions_t actions_{};
  posix_spawnattr_t attributes_{};
};

// Takes what has arrived; false at the end of the output.
bool TakeOutput(int fd, std::string& output) {
  char bytes[4096];
  for (;;) {
    const ssize_t n = ::read(fd, bytes, sizeof bytes);
    if (n == 0) return false;
    if (n < 0) return errno == EINTR || errno == EAGAIN;
    output.append(bytes, std::min(static_cast<std::size_t>(n), kOutputBytesMax - output.size()));
  }
}

ChildEnd EndOf(int status) {
  if (WIFSIGNALED(status)) {
    return {.kind = ChildEnd::Kind::kSignalled, .value = WTERMSIG(status), .output = {}};
  }
  return {.kind = ChildEnd::Kind::kExited, .value = WEXITSTATUS(status), .output = {}};
}

ChildEnd Await(pid_t child, int output_fd, Steady::time_point end, const std::stop_token& stop) {
  std::string output;
  bool open = true;
  std::optional<ChildEnd::Kind> killed;
  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child || (ended < 0 && errno != EINTR)) {
      if (open) TakeOutput(output_fd, output);
      ChildEnd told = EndOf(status);
      if (killed) told.kind = *killed;
      told.output = std::move(output);
      return told;
    }
    if (!killed && (stop.stop_requested() || Steady::now() >= end)) {
      killed = stop.stop_requested() ? ChildEnd::Kind::kStopped : ChildEnd::Kind::kTimedOut;
      ::kill(child, SIGKILL);
    }
    pollfd wait = {.fd = open ? output_fd : -1, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&wait, 1, static_cast<int>(kStopPollPeriod.count()));
    if (ready > 0 && open) open = TakeOutput(output_fd, output);
  }
}

}  // namespace

Result<ChildEnd> RunChild(const std::vector<std::string>& command,
                          std::chrono::milliseconds time_max, const std::stop_token& stop) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0 || ::fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
    return Error{Code::kUnavailable, std::string("cannot make a pipe: ") + std::strerror(errno)};
  }
  const Descriptor read_end(ends[0]);
  Descriptor write_end(ends[1]);
  pid_t child = -1;
  const int error = SpawnPlan(write_end.get()).Spawn(command, child);
  if (error != 0) {
    return Error{Code::kUnavailable, "cannot start " + command[0] + ": " + std::strerror(error)};
  }
  write_end.Close();
  return Await(child, read_end.get(), Steady::now() + time_max, stop);
}

bool EndWithParent(int parent) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent;
}

}  // namespace credence
