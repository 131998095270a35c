#include "cli/output.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>

namespace credence::cli {
namespace {

constexpr std::size_t kBufferBytes = 1 << 20;

}  // namespace

void PrepareOutput() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    // Opened for reading, so that writing fails as it does when nothing is open.
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDONLY));
  }
  ::signal(SIGPIPE, SIG_IGN);
  static std::array<char, kBufferBytes> buffer;  // stdio uses it until the process has ended
  if (isatty(STDOUT_FILENO) == 0) std::setvbuf(stdout, buffer.data(), _IOFBF, buffer.size());
}

Result<void> FlushOutput() {
  errno = 0;
  const bool flushed = std::fflush(stdout) == 0;
  const int reason = errno;
  if (flushed && std::ferror(stdout) == 0) return {};
  return Error{reason == EPIPE ? Code::kUnavailable : Code::kResourceExhausted,
               std::string("cannot write to standard output: ") +
                   (reason == 0 ? "an earlier write failed" : std::strerror(reason))};
}

bool ColourWanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return isatty(STDOUT_FILENO) != 0 && (no_color == nullptr || *no_color == '\0');
}

}  // namespace credence::cli
