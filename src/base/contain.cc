#include "base/contain.h"

#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace credence {
namespace {

// Short enough to need no allocation.
Error OutOfMemory() noexcept { return {Code::kResourceExhausted, "out of memory"}; }

bool IsWant(const std::error_code& code) {
  return code == std::errc::not_enough_memory || code == std::errc::too_many_files_open ||
         code == std::errc::too_many_files_open_in_system ||
         code == std::errc::resource_unavailable_try_again;
}

Error Told(Code code, const char* what) noexcept {
  try {
    return {code, what};
  } catch (...) {  // no memory for the text
    return {code, "internal error"};
  }
}

}  // namespace

Error CaughtError() noexcept {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return OutOfMemory();
  } catch (const std::system_error& error) {
    return Told(IsWant(error.code()) ? Code::kResourceExhausted : Code::kInternal, error.what());
  } catch (const std::exception& exception) {
    return Told(Code::kInternal, exception.what());
  } catch (...) {
    return Told(Code::kInternal, "unknown exception");
  }
}

}  // namespace credence
