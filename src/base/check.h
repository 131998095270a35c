// CHECK is for programmer errors only: nothing that arrives in a request, a config, a picture or a
// model may reach one.
#pragma once

#include <cstdio>
#include <cstdlib>

#define CREDENCE_CHECK(condition)                                                        \
  do {                                                                                   \
    if (!(condition)) [[unlikely]] {                                                     \
      std::fprintf(stderr, "%s:%d: CHECK failed: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                      \
    }                                                                                    \
  } while (false)
