#include "serving/request.h"

namespace credence::serving {

void Selector::Clear() {
  predictor.clear();
  version.reset();
  label.clear();
}

void Request::Clear() {
  selector.Clear();
  inputs.Clear();
  explain = false;
  outputs = false;
  body_bytes = 0;
  request_class = RequestClass::kInteractive;
  key.clear();
}

void Reply::Clear() {
  error.reset();
  version.reset();
  answers.Clear();
  timings = {};
}

}  // namespace credence::serving
