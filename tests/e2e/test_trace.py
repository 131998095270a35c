"""Spans by OTLP over HTTP, read with OpenTelemetry's own descriptors, from a server and a receiver that are real."""
import http.server
import queue
import threading

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (ExportTraceServiceRequest,
                                                                      ExportTraceServiceResponse)
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from conftest import MODELS, encoded, picture, run

TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
CALLER = {"traceparent": f"00-{TRACE}-{PARENT}-01"}


class Receiver:
    """A collector: keeps what it is sent; `status` is what it answers."""

    def __init__(self):
        self.status, self.requests = 200, queue.Queue()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                outer.requests.put((self.path, self.headers["content-type"], body))
                self.send_response(outer.status)
                answer = ExportTraceServiceResponse().SerializeToString()
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def spans(self, count):
        """The next `count` spans, with the resource of the last."""
        found, resource = [], None
        while len(found) < count:
            path, kind, body = self.requests.get(timeout=60)
            assert (path, kind) == ("/v1/traces", "application/x-protobuf")
            for spans in ExportTraceServiceRequest.FromString(body).resource_spans:
                resource = attributes(spans.resource.attributes)
                found += [span for scope in spans.scope_spans for span in scope.spans]
        return found, resource


def attributes(pairs):
    return {p.key: p.value.string_value if p.value.HasField("string_value") else p.value.int_value for p in pairs}


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.server.shutdown()


def counted(server):
    return {line.split('"')[1]: int(float(line.split()[-1])) for line in server.get("/metrics").text.splitlines()
            if line.startswith("credence_trace_spans_total")}


def test_a_request_continues_its_callers_trace(start, receiver):
    server = start("--models", MODELS / "grey", "--otlp-endpoint", receiver.url, "--trace-sample", "0")
    server.post("/v1/predict", content=encoded(picture()))  # in no trace
    server.post("/v1/predict", content=encoded(picture()), headers={**CALLER, "x-request-id": "find-me"})
    server.post("/v1/predict", content=b"x", headers={"traceparent": CALLER["traceparent"][:-1] + "0"})
    server.get("/nothing", headers=CALLER)
    spans, resource = receiver.spans(2)
    assert {(s.trace_id.hex(), s.parent_span_id.hex()) for s in spans} == {(TRACE, PARENT)}
    assert len({s.span_id for s in spans}) == 2 and all(s.kind == Span.SPAN_KIND_SERVER for s in spans)
    assert [s.name for s in spans] == ["POST /v1/predict", "GET"]
    said = attributes(spans[0].attributes)
    phases = {f"credence.phase.{name}_us" for name in ("queue", "decode", "adapt", "infer", "assess", "encode")}
    assert phases <= set(said)
    took_us = (spans[0].end_time_unix_nano - spans[0].start_time_unix_nano) / 1000
    assert 0 < sum(said.pop(p) for p in phases) <= took_us + 6
    size = said.pop("http.response.body.size")
    assert size > 100 and said == {
        "http.request.method": "POST", "http.route": "/v1/predict", "url.path": "/v1/predict",
        "http.response.status_code": 200, "http.request.body.size": len(encoded(picture())),
        "credence.request_id": "find-me", "credence.predictor": "grey", "credence.version": 1,
        "credence.pictures": 1, "credence.verdict": "unassessed"}
    assert resource["service.name"] == "credence" and resource["service.instance.id"]
    assert all(s.status.code == Status.STATUS_CODE_UNSET for s in spans)
    assert attributes(spans[1].attributes)["http.response.status_code"] == 404
    assert server.stop() == 0 and receiver.requests.empty()


def test_a_call_by_grpc_has_a_span(start, receiver, monkeypatch):
    monkeypatch.setenv("CREDENCE_GRPC_PORT", "any")
    server = start("--models", MODELS / "grey", "--otlp-endpoint", receiver.url, "--trace-sample", "0")
    with grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}") as channel:
        channel.unary_unary("/inference.GRPCInferenceService/ServerLive")(b"", metadata=list(CALLER.items()))
    (span,), _ = receiver.spans(1)
    assert span.trace_id.hex() == TRACE and "ServerLive" in span.name


def test_traces_that_begin_here_are_sampled_and_what_waits_at_the_end_is_sent(start, receiver):
    server = start("--models", MODELS / "grey", "--otlp-endpoint", receiver.url, "--trace-sample", "1")
    for _ in range(5):
        server.post("/v1/predict", content=encoded(picture()))
    assert server.stop() == 0
    spans, _ = receiver.spans(5)
    assert len({s.trace_id for s in spans}) == 5 and not any(s.parent_span_id for s in spans)


def test_what_the_collector_refuses_is_lost_counted_and_told(start, receiver):
    receiver.status = 400
    server = start("--models", MODELS / "grey", "--otlp-endpoint", receiver.url, "--trace-sample", "1")
    assert server.post("/v1/predict", content=encoded(picture())).status_code == 200
    while counted(server)["lost"] == 0:
        assert server.process.poll() is None
    assert counted(server)["exported"] == 0
    assert server.stop() == 0
    told = [line for line in server.lines if "spans of traces are lost" in line]
    assert len(told) == 1 and f"{receiver.url}/v1/traces answered 400" in told[0]


def test_without_the_flag_there_are_no_traces(start):
    assert counted(start("--models", MODELS / "grey")) == {}


def test_what_is_no_address_is_refused():
    done = run("serve", "--otlp-endpoint", "localhost:4318", "--check-config")
    assert done.returncode == 2
    assert "--otlp-endpoint: localhost:4318 is no address such as http://localhost:4318" in done.stderr.decode()
    done = run("serve", "--trace-sample", "2", "--check-config")
    assert "--trace-sample: 2 is out of range; 0 to 1 is expected" in done.stderr.decode()
