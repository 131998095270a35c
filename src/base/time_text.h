// Times as text, in UTC: for people, files and protocols. Threads: pure.
#pragma once

#include <string>

#include "base/clock.h"

namespace credence {

// RFC 3339, whole seconds: "2026-11-22T21:45:28Z".
std::string Rfc3339(WallTime time);

// RFC 3339 with milliseconds: "2026-11-22T21:45:28.057Z".
std::string Rfc3339Milliseconds(WallTime time);

// RFC 9110's, for headers: "Sun, 22 Nov 2026 21:45:28 GMT".
std::string HttpDate(WallTime time);

// For names of files, which then sort by time: "20261122T214528Z".
std::string FileTime(WallTime time);

}  // namespace credence
