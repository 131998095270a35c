#include "base/line_writer.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/contain.h"
#include "base/thread_role.h"

namespace credence {
namespace {

using Steady = std::chrono::steady_clock;

// A pipe that can be written to takes this much without making the writer wait (pipe(7)).
constexpr std::size_t kPieceMax = 4096;
constexpr std::chrono::milliseconds kPollPeriod{50};
constexpr std::chrono::seconds kRotationPeriod{1};

int OpenFile(const std::string& path) {
  return ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
}

std::uint64_t Lines(std::string_view text) {
  return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

bool SameFile(int fd, const std::string& path) {
  struct stat open_one = {}, there = {};
  return ::fstat(fd, &open_one) == 0 && ::stat(path.c_str(), &there) == 0 &&
         open_one.st_dev == there.st_dev && open_one.st_ino == there.st_ino;
}

}  // namespace

struct LineWriter::Shared {
  Shared(std::string file, int descriptor, Options with)
      : path(std::move(file)), options(std::move(with)), fd(descriptor) {}
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;
  ~Shared() {
    if (!path.empty()) ::close(fd);
  }

  void Run();
  // Waits for lines, the end of `gather`, or the end; moves what waits to `writing`.
  // Returns whether it is the end.
  bool Take(std::string& writing);
  // Returns how many lines of `text` could not be written.
  std::uint64_t Write(std::string_view text);
  // Where it can be done: in a file that nobody else has written to meanwhile.
  void TakeBackTornLine();
  // Writes `text`, and then how many lines were lost, if that is not told yet.
  void WriteAndTell(std::string_view text);
  void FollowRotation();
  // The limit of the shutdown is over.
  bool TooLate();

  const std::string path;  // empty: a descriptor of someone else
  const Options options;

  std::mutex mutex;
  std::condition_variable changed;
  std::string waiting;
  std::uint64_t lost = 0;       // lines, until now
  std::uint64_t lost_told = 0;  // of those, a line has told of
  bool reopen = false;
  std::optional<Steady::time_point> end;  // of the shutdown
  bool done = false;

  // The thread's own.
  int fd;
  std::size_t torn = 0;  // bytes of the last line, which was written in part
  Steady::time_point next_look = Steady::now() + kRotationPeriod;
};

bool LineWriter::Shared::TooLate() {
  const std::scoped_lock lock(mutex);
  return end && Steady::now() >= *end;
}

bool LineWriter::Shared::Take(std::string& writing) {
  std::unique_lock lock(mutex);
  const auto wanted = [this] { return end || reopen || !waiting.empty(); };
  if (!end && options.gather.count() > 0) {
    changed.wait_for(lock, options.gather, [this] { return end || reopen; });
  } else if (path.empty()) {
    changed.wait(lock, wanted);
  } else {
    changed.wait_for(lock, kRotationPeriod, wanted);
  }
  writing.swap(waiting);
  return end.has_value();
}

void LineWriter::Shared::FollowRotation() {
  if (path.empty()) return;
  {
    const std::scoped_lock lock(mutex);
    const bool due = std::exchange(reopen, false);
    if (!due && Steady::now() < next_look) return;
    next_look = Steady::now() + kRotationPeriod;
    if (!due && SameFile(fd, path)) return;
  }
  const int again = OpenFile(path);
  if (again < 0) return;  // the old file still takes lines
  ::close(std::exchange(fd, again));
  torn = 0;
}

std::uint64_t LineWriter::Shared::Write(std::string_view text) {
  std::string mended;
  if (torn > 0 && !text.empty()) text = mended = "\n" + std::string(text);
  while (!text.empty()) {
    pollfd poll_fd = {.fd = fd, .events = POLLOUT, .revents = 0};
    ::poll(&poll_fd, 1, static_cast<int>(kPollPeriod.count()));
    ssize_t n = 0;
    if ((poll_fd.revents & POLLOUT) != 0) {
      n = ::write(fd, text.data(), std::min(text.size(), kPieceMax));
    } else if (poll_fd.revents != 0) {
      n = -1, errno = EPIPE;
    }
    if (n > 0) {
      const std::string_view written = text.substr(0, static_cast<std::size_t>(n));
      const std::size_t last = written.rfind('\n');
      torn = last == written.npos ? torn + written.size() : written.size() - last - 1;
      text.remove_prefix(written.size());
      continue;
    }
    const bool wait = n == 0 || errno == EINTR || errno == EAGAIN;
    if (wait && !TooLate()) continue;
    TakeBackTornLine();
    return Lines(text);
  }
  return 0;
}

void LineWriter::Shared::TakeBackTornLine() {
  const off_t size = ::lseek(fd, 0, SEEK_END);
  const auto length = static_cast<off_t>(torn);
  if (size >= length && ::ftruncate(fd, size - length) == 0) torn = 0;
}

void LineWriter::Shared::WriteAndTell(std::string_view text) {
  const std::uint64_t unwritten = Write(text);
  std::uint64_t untold = 0;
  {
    const std::scoped_lock lock(mutex);
    lost += unwritten;
    untold = lost - lost_told;
  }
  if (unwritten > 0 || untold == 0 || Write(options.lost_line(untold)) > 0) return;
  const std::scoped_lock lock(mutex);
  lost_told += untold;
}

void LineWriter::Shared::Run() {
  EnterThread(options.thread_name, ThreadRole::kBackground);
  std::string writing;
  for (bool last = false; !last;) {
    last = Take(writing);
    if (Attempt([&] {
          FollowRotation();
          WriteAndTell(writing);
        })) {
      const std::scoped_lock lock(mutex);
      lost += Lines(writing);  // at most: some may have been written
    }
    writing.clear();
  }
  const std::scoped_lock lock(mutex);
  done = true;
  changed.notify_all();
}

LineWriter::LineWriter(std::shared_ptr<Shared> shared) : shared_(std::move(shared)) {
  std::thread([shared = shared_] { shared->Run(); }).detach();
}

LineWriter::LineWriter(int fd, Options options)
    : LineWriter(std::make_shared<Shared>("", fd, std::move(options))) {}

Result<std::unique_ptr<LineWriter>> LineWriter::Open(const std::string& path, Options options) {
  const int fd = OpenFile(path);
  if (fd < 0) return Error{Code::kUnavailable, path + ": " + std::strerror(errno)};
  return std::unique_ptr<LineWriter>(
      new LineWriter(std::make_shared<Shared>(path, fd, std::move(options))));
}

LineWriter::~LineWriter() { End(); }

void LineWriter::End() {
  std::unique_lock lock(shared_->mutex);
  shared_->end = Steady::now() + kExitLimit;
  shared_->changed.notify_all();
  // A little longer: the thread sees to the limit itself, unless a write keeps it after all.
  shared_->changed.wait_until(lock, *shared_->end + 2 * kPollPeriod,
                              [this] { return shared_->done; });
}

void LineWriter::CountLost() noexcept {
  const std::scoped_lock lock(shared_->mutex);
  ++shared_->lost;
}

void LineWriter::Append(std::string_view line) noexcept {
  Shared& shared = *shared_;
  {
    const std::scoped_lock lock(shared.mutex);
    if (shared.waiting.size() + line.size() > kWaitingBytesMax ||
        Attempt([&] { shared.waiting.append(line); })) {
      ++shared.lost;
      return;
    }
  }
  if (shared.options.gather.count() == 0) shared.changed.notify_all();
}

void LineWriter::Reopen() {
  const std::scoped_lock lock(shared_->mutex);
  shared_->reopen = true;
  shared_->changed.notify_all();
}

std::uint64_t LineWriter::lost() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->lost;
}

}  // namespace credence
