"""gRPC as operators see it: loading, draining, a port that is taken, another size of messages."""
import concurrent.futures
import signal
import threading

import numpy as np
import pytest
import tritonclient.grpc as triton
from tritonclient.utils import InferenceServerException


def ask(client, name, array):
    sent = triton.InferInput(name, list(array.shape), "FP32")
    sent.set_data_from_numpy(array)
    return client.infer("grey", [sent])


def test_loading_and_unloading_is_for_operators(start, models):
    server = start("--models", models, "--default", "grey", "--grpc-port", "any")
    with triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client:
        for change in (client.load_model, client.unload_model):
            with pytest.raises(InferenceServerException, match="--admin-on-public") as error:
                change("grey")
            assert error.value.status() == "StatusCode.PERMISSION_DENIED"


def test_a_model_is_there_when_its_load_answers(start, models):
    server = start("--models", models, "--default", "grey", "--grpc-port", "any", "--admin-on-public")
    with triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client:
        client.unload_model("rgb_uint8")
        while client.is_model_ready("rgb_uint8"):
            pass
        client.load_model("rgb_uint8")
        assert client.is_model_ready("rgb_uint8")
        client.unload_model("nope")
        with pytest.raises(InferenceServerException, match="failed to load 'nope'"):
            client.load_model("nope")
        with pytest.raises(InferenceServerException, match="'config' is not taken"):
            client.load_model("grey", config="{}")


def test_messages_have_a_size(start, models):
    server = start("--models", models, "--default", "grey", "--grpc-port", "any",
                   "--grpc-message-bytes-max", "100000")
    with triton.InferenceServerClient(f"127.0.0.1:{server.grpc_port}") as client:
        name = client.get_model_metadata("grey").inputs[0].name
        with pytest.raises(InferenceServerException) as error:
            ask(client, name, np.zeros((1, 200, 200), np.float32))
        assert error.value.status() == "StatusCode.RESOURCE_EXHAUSTED"


def test_drain_answers_what_was_accepted(start, models):
    server = start("--models", models, "--default", "grey", "--grpc-port", "any")
    address = f"127.0.0.1:{server.grpc_port}"
    stop = threading.Event()
    answered = []

    def ask_on():
        with triton.InferenceServerClient(address) as client:
            shape = client.get_model_metadata("grey").inputs[0]
            array = np.zeros([1] + list(shape.shape)[1:], np.float32)
            while not stop.is_set():
                try:
                    ask(client, shape.name, array)
                    answered.append(1)
                except InferenceServerException as error:
                    # Refused at the door is fine; cut off in the middle is not.
                    return error.status()
        return ""
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        asking = [pool.submit(ask_on) for _ in range(4)]
        while len(answered) < 20:
            assert not any(one.done() for one in asking)
        assert server.stop(signal.SIGTERM) == 0
        stop.set()
        # gRPC's own way to turn away a call that arrives while it closes the door is either of the two.
        assert {one.result() for one in asking} <= {"", "StatusCode.UNAVAILABLE", "StatusCode.CANCELLED"}
    assert any("every accepted request was answered" in line for line in server.lines)


def test_the_port_is_told_when_it_is_taken(start, models):
    first = start("--models", models, "--grpc-port", "any")
    second = start("--models", models, "--grpc-port", str(first.grpc_port), wait=False)
    assert second.process.wait(60) == 1
    assert f"cannot listen on 127.0.0.1:{first.grpc_port} for gRPC" in second.process.stderr.read()
