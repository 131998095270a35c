// Figures of this process, from /proc.
#pragma once

namespace credence::metrics {

struct ProcessFigures {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double virtual_bytes = 0;
  double open_fds = 0;
  double max_fds = 0;
  double threads = 0;
  double start_time_seconds = 0;  // since 1970
};

// Figures that cannot be read are 0.
ProcessFigures ReadProcess();

}  // namespace credence::metrics
