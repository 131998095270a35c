"""One picture, six doors: the same numbers to the bit, and the same verdict, for each kind of model."""
import base64
import json
import shutil

import numpy as np
import pytest
import requests
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton

from conftest import MODELS, Server, encoded, picture
from test_grpc import Services, tensor

# A calibrated bundle, a SavedModel of bytes 0..255, an ONNX model, a SavedModel that nobody has calibrated.
KINDS = ("digits", "rgb_uint8", "pixels", "grey")
NUMPY = {"FP32": np.float32, "UINT8": np.uint8}


@pytest.fixture(scope="module")
def kinds(drawn_digits, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kinds")
    shutil.copytree(drawn_digits.models / "digits", folder / "digits")
    for name in ("grey", "rgb_uint8"):
        shutil.copytree(MODELS / name, folder / name / "1")
    (folder / "pixels" / "1").mkdir(parents=True)
    shutil.copy(MODELS / "grey.onnx", folder / "pixels" / "1" / "model.onnx")
    server = Server("--models", folder, "--grpc-port", "any")
    yield server
    assert server.stop() == 0, "".join(server.lines)


class Doors:
    """The ways to ask one model; each returns the bytes of its output, the verdict and the confidence."""

    def __init__(self, server, name):
        self.name, self.url = name, f"http://127.0.0.1:{server.port}"
        self.http = triton.InferenceServerClient(f"127.0.0.1:{server.port}", network_timeout=60)
        self.grpc = triton_grpc.InferenceServerClient(f"127.0.0.1:{server.grpc_port}")
        self.services = Services(f"127.0.0.1:{server.grpc_port}")
        metadata = self.http.get_model_metadata(name)
        (self.input,) = metadata["inputs"]
        self.output = metadata["outputs"][0]["name"]
        self.shape = [1] + self.input["shape"][1:]
        self.type = NUMPY[self.input["datatype"]]

    @staticmethod
    def floats(values):
        return np.array(values, np.float32).tobytes()

    def native(self, **options):
        answer = requests.post(f"{self.url}/v1/predict?outputs=true&predictor={self.name}", timeout=60, **options)
        one = answer.json()
        one = one["predictions"][0] if "predictions" in one else one
        return self.floats(one["outputs"][self.output]), one["verdict"], one.get("confidence")

    def tfs(self, body):
        body = body | {"output_filter": [self.output]}
        answer = requests.post(f"{self.url}/v1/models/{self.name}:predict", data=json.dumps(body), timeout=60)
        (values,) = answer.json().values()
        return self.floats(values), answer.headers["credence-verdict"], self.number(answer.headers)

    def tfs_grpc(self, proto):
        request = self.services.new("tensorflow.serving.PredictRequest")
        request.model_spec.name = self.name
        request.inputs[self.input["name"]].CopyFrom(proto)
        stub = self.services.channel.unary_unary(
            "/tensorflow.serving.PredictionService/Predict", type(request).SerializeToString,
            type(self.services.new("tensorflow.serving.PredictResponse")).FromString)
        answer, call = stub.with_call(request, timeout=60)
        told = dict(call.trailing_metadata())
        return self.floats(answer.outputs[self.output].float_val), told["credence-verdict"], self.number(told)

    @staticmethod
    def number(told):
        return float(told["credence-confidence"]) if told.get("credence-confidence") else None

    def v2_json(self, datatype, shape, data):
        body = {"inputs": [{"name": self.input["name"], "shape": shape, "datatype": datatype, "data": data}]}
        answer = requests.post(f"{self.url}/v2/models/{self.name}/infer", json=body, timeout=60).json()
        told = answer["parameters"]
        return self.floats(answer["outputs"][0]["data"]), told["verdict"], told.get("confidence")

    def v2_binary(self, array, datatype):
        one = triton.InferInput(self.input["name"], list(array.shape), datatype)
        one.set_data_from_numpy(array)
        result = self.http.infer(self.name, [one])
        told = result.get_response()["parameters"]
        return result.as_numpy(self.output).tobytes(), told["verdict"], told.get("confidence")

    def v2_grpc(self, array, datatype):
        one = triton_grpc.InferInput(self.input["name"], list(array.shape), datatype)
        one.set_data_from_numpy(array)
        result = self.grpc.infer(self.name, [one])
        told = result.get_response().parameters
        confidence = told["confidence"].double_param if "confidence" in told else None
        return result.as_numpy(self.output).tobytes(), told["verdict"].string_param, confidence


@pytest.fixture(params=KINDS)
def doors(kinds, request):
    return Doors(kinds, request.param)


@pytest.fixture
def files(drawn_digits):
    return [path.read_bytes() for path in drawn_digits.others[:6]] + [encoded(picture(40, 31, 3, seed=seed))
                                                                      for seed in range(4)]


def same(answers):
    """What all have answered; confidences are texts by some ways: equal as numbers."""
    (first, *others) = answers
    for other in others:
        assert other[:2] == first[:2]
        assert (other[2] is None) == (first[2] is None) and other[2] == pytest.approx(first[2], abs=1e-6)
    return first


def test_a_picture_file(doors, files):
    seen, verdicts = set(), set()
    for file in files:
        text = base64.b64encode(file).decode()
        proto = doors.services.new("tensorflow.TensorProto", dtype=7, string_val=[file])
        proto.tensor_shape.dim.add(size=1)
        array = np.array([file], dtype=object)
        outputs, verdict, _ = same([
            doors.native(files={"file": file}), doors.native(json={"image": text}),
            doors.tfs({"instances": [{"b64": text}]}), doors.tfs_grpc(proto),
            doors.v2_json("BYTES", [1], [text]), doors.v2_binary(array, "BYTES"), doors.v2_grpc(array, "BYTES")])
        seen.add(outputs)
        verdicts.add(verdict)
    assert len(seen) > 5
    assert ("unassessed" in verdicts) == (doors.name != "digits")


@pytest.mark.parametrize("high", [1, 255])
def test_a_tensor(doors, high):
    rng = np.random.default_rng(2)
    for _ in range(5):
        array = (high * rng.random(doors.shape)).astype(doors.type)
        numbers, datatype = array.tolist(), doors.input["datatype"]
        _, verdict, _ = same([
            doors.native(json={"inputs": {doors.input["name"]: numbers}}),
            doors.tfs({"instances": numbers}), doors.tfs({"inputs": {doors.input["name"]: numbers}}),
            doors.tfs_grpc(tensor(doors.services, array)),
            doors.v2_json(datatype, doors.shape, numbers),
            doors.v2_binary(array, datatype), doors.v2_grpc(array, datatype)])
        assert verdict != "reliable"


def test_rows_of_a_batch_have_their_own_verdicts(kinds, drawn_digits):
    doors = Doors(kinds, "digits")
    files = [path.read_bytes() for path in drawn_digits.others[:3]]
    body = {"instances": [{"b64": base64.b64encode(file).decode()} for file in files],
            "output_filter": [doors.output]}
    answer = requests.post(f"{doors.url}/v1/models/digits:predict?reliability=true", json=body, timeout=60)
    alone = [doors.native(files={"file": file}) for file in files]
    assert answer.headers["credence-verdict"] == ", ".join(one[1] for one in alone)
    assert answer.json()["reliability"]["verdict"] == [one[1] for one in alone]
    assert np.allclose(answer.json()["predictions"], [np.frombuffer(one[0], np.float32) for one in alone], atol=1e-5)
