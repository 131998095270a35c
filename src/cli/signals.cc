#include "cli/signals.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <initializer_list>

#include "base/check.h"

namespace credence::cli {

Signals::Signals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  notified_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  CREDENCE_CHECK(signals_ >= 0 && notified_ >= 0);
}

Signals::~Signals() {
  ::close(signals_);
  ::close(notified_);
}

int Signals::Next(std::optional<std::chrono::milliseconds> limit) {
  for (bool over = false;;) {
    signalfd_siginfo signal{};
    if (::read(signals_, &signal, sizeof signal) == sizeof signal) {
      return static_cast<int>(signal.ssi_signo);
    }
    std::uint64_t count = 0;
    if (::read(notified_, &count, sizeof count) == sizeof count) return 0;
    pollfd waits[] = {{signals_, POLLIN, 0}, {notified_, POLLIN, 0}};
    if (over) return kNone;
    over = ::poll(waits, 2, limit ? static_cast<int>(limit->count()) : -1) == 0;
  }
}

void Signals::Notify() {
  const std::uint64_t one = 1;
  // A full counter has been notified already.
  [[maybe_unused]] const auto written = ::write(notified_, &one, sizeof one);
}

}  // namespace credence::cli
