// engine_time MODEL BATCH…: the engine's own time, to hold a server's cost a request against.
//
// Prints a line `BATCH MICROSECONDS` each: the median time of one run of so many examples, on one
// thread, with nothing else around it.
#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/openvino/engine.h"

namespace credence::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kBatchMax = 64;
constexpr auto kTimePerSize = std::chrono::milliseconds(300);

Result<double> MedianMicroseconds(model::Session& session, int batch) {
  std::vector<double> times;
  for (const auto end = Clock::now() + kTimePerSize; Clock::now() < end;) {
    const std::span<std::byte> input = session.Input(batch);
    std::memset(input.data(), 0, input.size());
    const Clock::time_point start = Clock::now();
    if (auto outputs = session.Run(batch); !outputs) {
      return outputs.error();
    }
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - start).count());
  }
  const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
  std::nth_element(times.begin(), middle, times.end());
  return *middle;
}

Result<void> Run(const char* path, std::span<char*> sizes) {
  auto model = model::MakeOpenVinoEngine()->Load(path, {.batch_max = kBatchMax});
  if (!model) {
    return model.error();
  }
  auto session = (*model)->NewSession(0);
  if (!session) {
    return session.error();
  }
  for (const std::string_view text : sizes) {
    int batch = 0;
    std::from_chars(text.data(), text.data() + text.size(), batch);
    if (batch < 1 || batch > (*model)->batch_max()) {
      return Error{Code::kInvalidArgument, "batch is " + std::string(text) +
                                               "; the limit is 1 .. " +
                                               std::to_string((*model)->batch_max())};
    }
    const Result<double> microseconds = MedianMicroseconds(**session, batch);
    if (!microseconds) {
      return microseconds.error();
    }
    std::printf("%d %.2f\n", batch, *microseconds);
  }
  return {};
}

}  // namespace
}  // namespace credence::bench

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fputs("usage: engine_time MODEL BATCH...\n", stderr);
    return 2;
  }
  const auto done =
      credence::bench::Run(argv[1], std::span(argv + 2, static_cast<std::size_t>(argc - 2)));
  if (!done) {
    std::fprintf(stderr, "engine_time: %s\n", done.error().message.c_str());
    return 1;
  }
  return 0;
}
