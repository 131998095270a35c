#include "rpc/reflection.h"

#include <google/protobuf/descriptor.h>

#include <memory>
#include <set>
#include <utility>

#include <google/protobuf/descriptor.pb.h>

#include "reflection_v1.pb.h"
#include "reflection_v1alpha.pb.h"

namespace credence::rpc {
namespace {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;

constexpr const char* kV1 = "grpc.reflection.v1.ServerReflection";
constexpr const char* kV1Alpha = "grpc.reflection.v1alpha.ServerReflection";

// A file after those that it imports, each once.
template <class Response>
void AddFile(const FileDescriptor& file, std::set<const FileDescriptor*>& added, Response& out) {
  if (!added.insert(&file).second) return;
  google::protobuf::FileDescriptorProto proto;
  file.CopyTo(&proto);
  out.mutable_file_descriptor_response()->add_file_descriptor_proto(proto.SerializeAsString());
  for (int i = 0; i < file.dependency_count(); ++i) AddFile(*file.dependency(i), added, out);
}

template <class Response>
void NotFound(const std::string& what, Response& out) {
  out.mutable_error_response()->set_error_code(static_cast<int>(StatusCode::kNotFound));
  out.mutable_error_response()->set_error_message(CutDetails("there is no " + what));
}

template <class Response>
void Files(const FileDescriptor* file, const std::string& asked, Response& out) {
  if (file == nullptr) return NotFound(asked, out);
  std::set<const FileDescriptor*> added;
  AddFile(*file, added, out);
}

template <class Request, class Response>
Response Answer(const Request& request, const std::vector<std::string>& services) {
  const DescriptorPool& pool = *DescriptorPool::generated_pool();
  Response out;
  out.set_valid_host(request.host());
  *out.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case Request::kListServices:
      for (const std::string& name : services) {
        out.mutable_list_services_response()->add_service()->set_name(name);
      }
      break;
    case Request::kFileByFilename:
      Files(pool.FindFileByName(request.file_by_filename()), request.file_by_filename(), out);
      break;
    case Request::kFileContainingSymbol:
      Files(pool.FindFileContainingSymbol(request.file_containing_symbol()),
            request.file_containing_symbol(), out);
      break;
    case Request::kFileContainingExtension:
      NotFound("extension of " + request.file_containing_extension().containing_type(), out);
      break;
    case Request::kAllExtensionNumbersOfType: {
      const std::string& type = request.all_extension_numbers_of_type();
      if (pool.FindMessageTypeByName(type) == nullptr) {
        NotFound(type, out);
      } else {
        out.mutable_all_extension_numbers_response()->set_base_type_name(type);
      }
      break;
    }
    case Request::MESSAGE_REQUEST_NOT_SET:
      out.mutable_error_response()->set_error_code(static_cast<int>(StatusCode::kInvalidArgument));
      out.mutable_error_response()->set_error_message("the request asks for nothing");
      break;
  }
  return out;
}

template <class Request, class Response>
Method Serve(const std::string& service, std::shared_ptr<const std::vector<std::string>> services) {
  return {
      .name = "/" + service + "/ServerReflectionInfo",
      .kind = Method::Kind::kStream,
      .handle = [services = std::move(services)](Responder responder) {
        Request request;
        if (!responder.call().Read(request)) {
          return responder.Fail({StatusCode::kInvalidArgument, "not a ServerReflectionRequest"});
        }
        responder.Send(Answer<Request, Response>(request, *services));
      }};
}

}  // namespace

std::vector<Method> ReflectionMethods(std::vector<std::string> services) {
  services.emplace_back(kV1);
  services.emplace_back(kV1Alpha);
  const auto all = std::make_shared<const std::vector<std::string>>(std::move(services));
  using namespace grpc::reflection;
  return {
      Serve<v1::ServerReflectionRequest, v1::ServerReflectionResponse>(kV1, all),
      Serve<v1alpha::ServerReflectionRequest, v1alpha::ServerReflectionResponse>(kV1Alpha, all)};
}

}  // namespace credence::rpc
