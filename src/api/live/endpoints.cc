#include "api/live/endpoints.h"

#include "api/live/live_json.h"

namespace credence::api::live {

std::vector<Endpoint> Endpoints(ThreadContext& context) {
  if (context.environment.live == nullptr) return {};
  const auto live = [&context](const Question& question,
                               std::string& body) -> Result<http::Response> {
    const auto query = ReadLiveQuery(question.request.query);
    if (!query) return query.error();
    WriteLive(*query, context.environment, context.submitter.catalog(), body);
    return http::Response{.headers = "Cache-Control: no-store\r\n", .body = body};
  };
  using Names = std::vector<std::string_view>;
  return {
      {"GET", "/v1/live", http::Role::kPublic, AtOnce(context, live), {}, Names{"range", "after"}}};
}

}  // namespace credence::api::live
