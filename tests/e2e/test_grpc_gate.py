"""Who may ask by gRPC: the same certificates, keys, rates, hosts and memory as by HTTP."""
import json
import queue
import re
import threading

import grpc
import httpx
import numpy as np
import pytest
import tritonclient.grpc as triton
from grpc_health.v1 import health_pb2, health_pb2_grpc
from tritonclient.grpc import service_pb2, service_pb2_grpc
from tritonclient.utils import InferenceServerException

from conftest import MODELS, encoded, picture, run
from served_certificates import Authority, authority, files, replace  # noqa: F401

GRPC = ("--models", MODELS / "grey", "--grpc-port", "any")


def add_key(file, name, scope):
    made = run("key", "add", name, "--scope", scope, "--api-keys", file)
    assert made.returncode == 0, made.stderr
    return made.stdout.decode().strip()


def bearer(key):
    return (("authorization", f"Bearer {key}"),)


def await_line(server, text):
    for line in server.process.stderr:
        if text in line:
            return json.loads(line)
    raise AssertionError("the log ended")


class Stubs:
    """Stubs of one channel; `secure`: its credentials."""

    def __init__(self, server, secure=None, host="127.0.0.1"):
        address = f"{host}:{server.grpc_port}"
        # A channel of its own: others may have connected before a certificate changed.
        options = [("grpc.use_local_subchannel_pool", 1), ("grpc.max_send_message_length", -1)]
        self.channel = (grpc.insecure_channel(address, options) if secure is None
                        else grpc.secure_channel(address, secure, options))
        self.triton = service_pb2_grpc.GRPCInferenceServiceStub(self.channel)
        self.health = health_pb2_grpc.HealthStub(self.channel)

    def infer(self, metadata=(), **options):
        return self.triton.ModelInfer(question(), metadata=metadata, timeout=60, **options)

    def index(self, metadata=()):
        return self.triton.RepositoryIndex(service_pb2.RepositoryIndexRequest(), metadata=metadata, timeout=60)

    def unload(self, metadata=()):
        return self.triton.RepositoryModelUnload(service_pb2.RepositoryModelUnloadRequest(model_name="nope"),
                                                 metadata=metadata, timeout=60)


def question():
    """One picture for the model grey, as a file."""
    request = service_pb2.ModelInferRequest(model_name="grey")
    tensor = request.inputs.add(name="picture", datatype="BYTES", shape=[1])
    tensor.contents.bytes_contents.append(encoded(picture()))
    return request


def code(call, *arguments, **options):
    with pytest.raises(grpc.RpcError) as error:
        call(*arguments, **options)
    return error.value.code().name


@pytest.fixture
def keys(tmp_path):
    return tmp_path / "keys"


def test_each_scope_opens_its_calls_and_no_other(start, keys, tmp_path):
    made = {scope: add_key(keys, f"the-{scope}", scope) for scope in ("predict", "read", "admin")}
    log = tmp_path / "access.log"
    server = start(*GRPC, "--api-keys", keys, "--admin-on-public", access_log=log)
    stubs = Stubs(server)
    asked = {"predict": stubs.infer, "read": stubs.index, "admin": stubs.unload}
    for needed, call in asked.items():
        for held, key in made.items():
            if held == needed:
                call(bearer(key))
                call((("x-api-key", key),))
                continue
            with pytest.raises(grpc.RpcError) as error:
                call(bearer(key))
            assert error.value.code().name == "PERMISSION_DENIED"
            assert error.value.details() == f"key the-{held} has the scopes {held}; this needs {needed}"
        assert code(call) == "UNAUTHENTICATED"
        assert code(call, bearer(made[needed][:-1] + "x")) == "UNAUTHENTICATED"
    assert stubs.health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING
    assert stubs.triton.ServerLive(service_pb2.ServerLiveRequest()).live
    assert server.stop() == 0
    told = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line.get("key") for line in told} == {None, "the-predict", "the-read", "the-admin"}
    assert {line["status"] for line in told} == {200, 401, 403}
    refusals = [json.loads(line) for line in server.lines if "request refused" in line]
    assert refusals[0]["path"] == "/inference.GRPCInferenceService/ModelInfer" and refusals[0]["reason"]


def test_a_refusal_does_not_wait_for_the_message(start, keys):
    add_key(keys, "one", "predict")
    server = start(*GRPC, "--api-keys", keys)

    def never():
        yield from iter(lambda: waiting.wait() and None, None)

    waiting = threading.Event()
    stream = Stubs(server).channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer",
                                                 service_pb2.ModelInferRequest.SerializeToString)
    call = stream(never(), timeout=60)
    assert call.code().name == "UNAUTHENTICATED"
    waiting.set()


def test_a_stream_ends_when_its_key_is_gone(start, keys):
    key = add_key(keys, "one", "predict")
    server = start(*GRPC, "--api-keys", keys)
    asked = queue.Queue()
    replies = Stubs(server).triton.ModelStreamInfer(iter(asked.get, None), metadata=bearer(key), timeout=60)
    asked.put(question())
    assert not next(replies).error_message
    assert run("key", "remove", "one", "--api-keys", keys).returncode == 0
    await_line(server, "API keys read")
    asked.put(question())
    assert code(next, replies) == "UNAUTHENTICATED"
    asked.put(None)


def test_a_rate_holds_over_http_and_grpc_together(start, keys):
    key = add_key(keys, "one", "predict")
    server = start(*GRPC, "--api-keys", keys, "--rate-per-key", "0.01")
    headers = {"authorization": f"Bearer {key}"}
    assert server.post("/v1/predict", content=encoded(picture()), headers=headers).status_code == 200
    with pytest.raises(grpc.RpcError) as error:
        Stubs(server).infer(bearer(key))
    assert error.value.code().name == "RESOURCE_EXHAUSTED"
    assert error.value.details().startswith("key one may send 0.01 requests a second; the next may come in ")
    trailers = dict(error.value.trailing_metadata())
    assert 0 < int(trailers["grpc-retry-pushback-ms"]) <= 100_000
    assert b"type.googleapis.com/google.rpc.RetryInfo" in trailers["grpc-status-details-bin"]


def test_a_stream_is_held_to_the_rate_message_by_message(start):
    server = start(*GRPC, "--rate-per-address", "2", "--concurrency-per-address", "1")
    replies = Stubs(server).triton.ModelStreamInfer(iter([question()] * 50), timeout=60)
    answered = 0
    with pytest.raises(grpc.RpcError) as error:
        for reply in replies:
            assert not reply.error_message
            answered += 1
    assert error.value.code().name == "RESOURCE_EXHAUSTED" and 2 <= answered < 50


def test_an_address_has_as_many_calls_as_it_may(start):
    server = start(*GRPC, "--concurrency-per-address", "1")
    stubs = Stubs(server)
    asked = queue.Queue()
    replies = stubs.triton.ModelStreamInfer(iter(asked.get, None), timeout=60)
    asked.put(question())
    next(replies)
    assert code(stubs.infer) == "RESOURCE_EXHAUSTED"
    refused = server.post("/v1/predict", content=encoded(picture()))
    assert refused.status_code == 429 and refused.json()["code"] == "too_many_at_once"
    asked.put(None)
    assert list(replies) == []
    while True:  # the stream is over soon after its client knows
        try:
            assert stubs.infer().outputs
            break
        except grpc.RpcError as error:
            assert error.code().name == "RESOURCE_EXHAUSTED"


def test_it_is_not_asked_by_other_names(start):
    server = start(*GRPC)
    stubs = Stubs(server)
    evil = grpc.insecure_channel(f"127.0.0.1:{server.grpc_port}", [("grpc.default_authority", "evil.example")])
    with pytest.raises(grpc.RpcError) as error:
        service_pb2_grpc.GRPCInferenceServiceStub(evil).ModelInfer(question(), timeout=60)
    assert error.value.code().name == "PERMISSION_DENIED" and "evil.example" in error.value.details()
    assert stubs.infer().outputs


def trusting(authority, *own):
    return grpc.ssl_channel_credentials(authority.certificate.read_bytes(),
                                        *(file.read_bytes() for file in reversed(own)))


def test_it_has_the_certificate_of_https_and_reads_it_anew(start, authority, files):
    server = start(*GRPC, "--tls-cert", files[0], "--tls-key", files[1])
    first = Stubs(server, trusting(authority))
    assert first.infer().outputs
    assert code(Stubs(server).infer) == "UNAVAILABLE"  # plain text
    other = Authority(files[0].parent / "other")
    replace(files, other.sign("second.test"))
    while await_line(server, "certificate")["message"] != "certificate read":
        pass  # between the two files the key belonged to another certificate
    assert Stubs(server, trusting(other)).infer().outputs
    assert code(Stubs(server, trusting(authority)).infer) == "UNAVAILABLE"
    assert first.infer().outputs  # what was connected stays so


def test_tritonclient_speaks_tls(start, authority, files):
    server = start(*GRPC, "--tls-cert", files[0], "--tls-key", files[1])
    with triton.InferenceServerClient(f"localhost:{server.grpc_port}", ssl=True,
                                      root_certificates=str(authority.certificate)) as client:
        assert client.is_model_ready("grey")


def test_clients_show_certificates_where_they_must(start, authority, files):
    server = start(*GRPC, "--tls-cert", files[0], "--tls-key", files[1], "--tls-client-ca", authority.certificate)
    assert Stubs(server, trusting(authority, *authority.sign("client.test", "clientAuth"))).infer().outputs
    assert code(Stubs(server, trusting(authority)).infer) == "UNAVAILABLE"
    stranger = Authority(files[0].parent / "strangers").sign("client.test", "clientAuth")
    assert code(Stubs(server, trusting(authority, *stranger)).infer) == "UNAVAILABLE"


def test_messages_take_their_memory_from_the_budget_of_all(start):
    limit = 24 << 20
    server = start(*GRPC, "--memory-max", limit)

    def ask(bytes_in_all):
        with triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client:
            sent = triton.InferInput("picture", [1, bytes_in_all // 4], "FP32")
            sent.set_data_from_numpy(np.zeros((1, bytes_in_all // 4), np.float32))
            with pytest.raises(InferenceServerException) as error:
                client.infer("grey", [sent])
            return error.value.status(), error.value.message()
    assert ask(1 << 20)[0] == "StatusCode.INVALID_ARGUMENT"  # it was read: it is no picture
    status, message = ask(8 << 20)
    assert status == "StatusCode.RESOURCE_EXHAUSTED" and f"the limit is {limit // 2} (see --memory-max)" in message
    too_large = httpx.post(f"http://127.0.0.1:{server.port}/v1/predict", content=bytes(13 << 20), timeout=60)
    assert too_large.status_code == 413 and "--memory-max" in too_large.json()["detail"]
    refusals = re.search(r'^credence_memory_refusals\S*{use="body"} (\d+)', server.get("/metrics").text, re.M)
    assert int(refusals.group(1)) >= 1


def test_compressed_messages_are_inflated_within_their_limit(start):
    server = start(*GRPC, "--grpc-message-bytes-max", "1000000")
    stubs = Stubs(server)
    for how in (grpc.Compression.Gzip, grpc.Compression.Deflate):
        assert stubs.infer(compression=how).outputs
        bomb = question()
        bomb.id = "x" * 20_000_000
        with pytest.raises(grpc.RpcError) as error:
            stubs.triton.ModelInfer(bomb, timeout=60, compression=how)
        assert error.value.code().name == "RESOURCE_EXHAUSTED"
        assert "holds more than 1000000 bytes" in error.value.details()
