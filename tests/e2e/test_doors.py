"""One picture, several doors: the same numbers to the bit, and the same verdict."""
import base64
import json

import numpy as np
import pytest
import requests
import tritonclient.http as triton

from conftest import Server

NAME = "digits"


@pytest.fixture(scope="module")
def doors(drawn_digits):
    server = Server("--models", drawn_digits.models)
    server.url = f"http://127.0.0.1:{server.port}"
    server.triton = triton.InferenceServerClient(f"127.0.0.1:{server.port}", network_timeout=60)
    server.input = server.triton.get_model_metadata(NAME)["inputs"][0]
    server.output = server.triton.get_model_metadata(NAME)["outputs"][0]["name"]
    yield server
    assert server.stop() == 0, "".join(server.lines)


def floats(values):
    return np.array(values, np.float32).tobytes()


def native(doors, **options):
    """(outputs, verdict, confidence) by the native API."""
    answer = requests.post(doors.url + "/v1/predict?outputs=true", timeout=60, **options).json()
    one = answer["predictions"][0] if "predictions" in answer else answer
    return floats(one["outputs"][doors.output]), one["verdict"], one["confidence"]


def tfs(doors, body):
    body = body | {"output_filter": [doors.output]}
    answer = requests.post(f"{doors.url}/v1/models/{NAME}:predict", data=json.dumps(body), timeout=60)
    (values,) = answer.json().values()
    return floats(values), answer.headers["credence-verdict"], float(answer.headers["credence-confidence"])


def v2_json(doors, body):
    answer = requests.post(f"{doors.url}/v2/models/{NAME}/infer", json={"inputs": [body]}, timeout=60).json()
    told = answer["parameters"]
    return floats(answer["outputs"][0]["data"]), told["verdict"], told["confidence"]


def v2_binary(doors, array, datatype):
    one = triton.InferInput(doors.input["name"], list(array.shape), datatype)
    one.set_data_from_numpy(array)
    result = doors.triton.infer(NAME, [one])
    told = result.get_response()["parameters"]
    return result.as_numpy(doors.output).tobytes(), told["verdict"], told["confidence"]


def test_a_picture_file(doors, drawn_digits):
    seen = set()
    for path in drawn_digits.others[:20]:
        file = path.read_bytes()
        text = base64.b64encode(file).decode()
        expected = native(doors, files={"file": file})
        body = {"name": doors.input["name"], "shape": [1], "datatype": "BYTES", "data": [text]}
        assert native(doors, json={"image": text}) == expected
        assert tfs(doors, {"instances": [{"b64": text}]}) == expected
        assert v2_json(doors, body) == expected
        assert v2_binary(doors, np.array([file], dtype=object), "BYTES") == expected
        seen.add(expected[0])
    assert len(seen) > 10


@pytest.mark.parametrize("low, high", [(0, 1), (0, 255)])
def test_a_tensor(doors, low, high):
    rng = np.random.default_rng(2)
    for _ in range(10):
        shape = [1] + doors.input["shape"][1:]
        array = (low + (high - low) * rng.random(shape)).astype(np.float32)
        numbers = array.tolist()
        body = {"name": doors.input["name"], "shape": shape, "datatype": "FP32", "data": numbers}
        expected = native(doors, json={"inputs": {doors.input["name"]: numbers}})
        assert expected[1] != "reliable"
        assert tfs(doors, {"instances": numbers}) == expected
        assert tfs(doors, {"inputs": {doors.input["name"]: numbers}}) == expected
        assert v2_json(doors, body) == expected
        assert v2_binary(doors, array, "FP32") == expected


def test_rows_of_a_batch_have_their_own_verdicts(doors, drawn_digits):
    files = [path.read_bytes() for path in drawn_digits.others[:3]]
    body = {"instances": [{"b64": base64.b64encode(file).decode()} for file in files],
            "output_filter": [doors.output]}
    answer = requests.post(f"{doors.url}/v1/models/{NAME}:predict?reliability=true", json=body, timeout=60)
    alone = [native(doors, files={"file": file}) for file in files]
    assert answer.headers["credence-verdict"] == ", ".join(one[1] for one in alone)
    assert answer.json()["reliability"]["verdict"] == [one[1] for one in alone]
    assert np.allclose(answer.json()["predictions"], [np.frombuffer(one[0], np.float32) for one in alone], atol=1e-5)
