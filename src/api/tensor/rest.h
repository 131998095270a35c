// RestHandler predicts for a REST protocol that speaks tensors: it reads a request by the
// protocol's own functions, submits it, and writes the reply. Confined to its I/O thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/endpoint.h"
#include "api/tensor/inputs.h"
#include "api/tensor/outputs.h"
#include "api/tensor/select.h"
#include "base/contain.h"
#include "base/inflate.h"
#include "serving/request.h"

namespace credence::api::tensor {

// One request's state. `Asked`: what the protocol keeps of it for the answer; it has Clear().
template <class Asked>
struct RestCall {
  Exchange exchange;
  Asked asked;
  SentTensors sent;
  Fit fit;
  Outputs outputs;                              // of the reply
  std::vector<std::vector<std::uint8_t>> kept;  // decoded texts that inputs borrow
  Inflated inflated;                            // the body, if it came compressed
};

template <class Asked>
class RestHandler {
 public:
  using Call = RestCall<Asked>;
  struct Protocol {
    // Sets the selector, inputs and asked. `body` lives until the answer.
    std::function<Result<void>(const api::Call& asked, std::span<const std::uint8_t> body,
                               serving::Request& request, Call& call)>
        read;
    // Writes the answer from the reply and call.outputs. May append header lines.
    std::function<Result<http::Response>(const serving::Reply& reply, Call& call,
                                         std::string& headers, std::string& body)>
        write;
  };

  // `context` outlives it.
  RestHandler(ThreadContext& context, Protocol protocol)
      : context_(context), protocol_(std::move(protocol)) {}

  void Handle(api::Call&& asked) {
    std::unique_ptr<RestWork> work = Take();
    context_.finisher.Begin(work->call.exchange, asked.request, std::move(asked.responder),
                            asked.route);
    serving::Request& request = work->request;
    request.Clear();
    request.outputs = true;
    request.body_bytes = asked.request.body.size();
    request.received = asked.request.received;
    request.deadline = asked.request.received + context_.environment.core.options.deadline;
    request.key = asked.request.Header("x-request-key").value_or("");
    work->call.asked.Clear();
    work->call.sent.Clear();
    work->call.kept.clear();
    const std::string_view encoding = EncodingOf(asked.request);
    if (!encoding.empty() && !CanInflate(encoding)) {
      RefuseEncoding(work->call);
    } else if (auto read = TryToRead(asked, *work); !read) {
      NoteAsked(context_.submitter.catalog(), request.selector, work->call.exchange);
      WriteError(work->call, read.error());
    } else {
      return context_.submitter.Predict(std::move(work));
    }
    Keep(std::move(work));
  }

 private:
  // Recycled, so that its buffers are reused.
  struct RestWork final : serving::Work {
    explicit RestWork(RestHandler& of) : handler(of) {
      call.inflated = Inflated(of.context_.environment.core.options.memory);
    }
    void Deliver() override { handler.Write(*this); }
    void Release(std::unique_ptr<serving::Work> self) override {
      std::unique_ptr<RestWork> work(static_cast<RestWork*>(self.release()));  // it is this
      handler.Keep(std::move(work));
    }

    RestHandler& handler;
    Call call;
  };

  std::unique_ptr<RestWork> Take() {
    if (free_.empty()) return std::make_unique<RestWork>(*this);
    std::unique_ptr<RestWork> work = std::move(free_.back());
    free_.pop_back();
    return work;
  }

  void Keep(std::unique_ptr<RestWork> work) {
    work->call.inflated.Clear();
    free_.push_back(std::move(work));
  }

  Result<void> TryToRead(const api::Call& asked, RestWork& work) {
    Result<void> read;
    if (auto thrown = Attempt([&] { read = Read(asked, work); })) read = *std::move(thrown);
    return read;
  }

  Result<void> Read(const api::Call& asked, RestWork& work) {
    std::span<const std::uint8_t> body = asked.request.body;
    if (!EncodingOf(asked.request).empty()) {
      const std::size_t limit = context_.environment.limits.body_bytes_max;
      if (auto done = work.call.inflated.Undo(body, limit); !done) return done;
      body = work.call.inflated.bytes();
    }
    return protocol_.read(asked, body, work.request, work.call);
  }

  // "": as it is.
  static std::string_view EncodingOf(const http::Request& request) {
    const std::string_view encoding = request.Header("content-encoding").value_or("");
    return encoding == "identity" ? "" : encoding;
  }

  void RefuseEncoding(Call& call) {
    body_.clear();
    const http::Request& request = call.exchange.request;
    const std::string detail = "Content-Encoding \"" +
                               std::string(EncodingOf(request).substr(0, 40)) +
                               "\" is not understood; gzip and deflate are";
    const std::string_view type =
        api::WriteError(request.path, 415, "unsupported_media_type", detail, body_);
    context_.finisher.Finish(call.exchange, 415, type, body_, "Accept-Encoding: gzip, deflate\r\n");
  }

  void Write(RestWork& work) {
    serving::Reply& reply = work.reply;
    Call& call = work.call;
    if (reply.version) call.exchange.predictor = &reply.version->predictor();
    const SteadyTime start = context_.environment.clock.Now();
    Result<http::Response> response = http::Response{};
    auto thrown = Attempt([&] {
      headers_.clear();
      body_.clear();
      if (auto gathered = GatherOutputs(reply, call.fit, call.outputs); !gathered) {
        response = gathered.error();
      } else {
        response = protocol_.write(reply, call, headers_, body_);
      }
    });
    if (thrown) response = *std::move(thrown);
    if (!response) return WriteError(call, response.error());
    response->headers = headers_;
    response->body = body_;
    if (reply.answers.size() == 1) {
      NoteAnswer(reply.version->predictor(), reply.answers[0].prediction, call.exchange);
    }
    reply.timings[static_cast<std::size_t>(metrics::Phase::kEncode)] =
        context_.environment.clock.Now() - start;
    call.exchange.pictures = reply.answers.size();
    call.exchange.phases = reply.timings;
    context_.finisher.Finish(call.exchange, *response);
  }

  void WriteError(Call& call, const Error& error) {
    context_.finisher.Finish(call.exchange,
                             ErrorResponse(call.exchange.request.path, error, body_));
  }

  ThreadContext& context_;
  const Protocol protocol_;
  std::string headers_, body_;  // of the reply, reused
  std::vector<std::unique_ptr<RestWork>> free_;
};

}  // namespace credence::api::tensor
