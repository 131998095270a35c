#include "api/endpoints.h"

#include <iterator>
#include <utility>

#include "api/admin/endpoints.h"
#include "api/kserve/endpoints.h"
#include "api/native/endpoints.h"
#include "api/ops/endpoints.h"
#include "api/tfs/endpoints.h"

namespace credence::api {

std::vector<Endpoint> AllEndpoints(ThreadContext& context) {
  std::vector<Endpoint> all;
  const auto add = [&all](std::vector<Endpoint> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()),
               std::make_move_iterator(more.end()));
  };
  add(native::Endpoints(context));
  add(tfs::Endpoints(context));
  add(kserve::Endpoints(context));
  add(ops::Endpoints(context));
  add(admin::Endpoints(context));
  return all;
}

}  // namespace credence::api
