"""KServe's V2 REST protocol as Triton's own client speaks it, and as curl does."""
import asyncio
import gzip
import json
import shutil

import numpy as np
import pytest
import requests
import tritonclient.http as triton
import tritonclient.http.aio as triton_aio
from tritonclient.utils import InferenceServerException

import tiny_saved_model
from conftest import MODELS, Server, encoded, picture

LENGTH = "Inference-Header-Content-Length"


@pytest.fixture(scope="module")
def kserve(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kserve")
    tiny_saved_model.simple(folder / "simple" / "1")
    tiny_saved_model.half_plus_two(folder / "half_plus_two" / "3")
    tiny_saved_model.unknown_op(folder / "unknown_op" / "1")
    shutil.copytree(MODELS / "grey", folder / "grey" / "2")
    server = Server("--models", folder, "--admin-port", "0", "--default", "grey")
    server.url = f"http://127.0.0.1:{server.port}/v2"
    server.folder = folder
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.fixture(scope="module")
def client(kserve):
    return triton.InferenceServerClient(f"127.0.0.1:{kserve.port}", network_timeout=60)


@pytest.fixture(scope="module")
def operator(kserve):
    return triton.InferenceServerClient(kserve.admin.base_url.netloc.decode(), network_timeout=60)


def tensor(name, array, datatype, **options):
    one = triton.InferInput(name, list(array.shape), datatype)
    one.set_data_from_numpy(array, **options)
    return one


def simple_inputs(**options):
    first, second = np.arange(16, dtype=np.int32)[None], np.ones((1, 16), np.int32)
    return [tensor("INPUT0", first, "INT32", **options), tensor("INPUT1", second, "INT32", **options)]


def pictures(n=1):
    return np.random.default_rng(1).random((n, 8, 8)).astype(np.float32)


def infer(kserve, model, body, headers=None):
    data = body if isinstance(body, (bytes, str)) else json.dumps(body)
    return requests.post(f"{kserve.url}/models/{model}/infer", data=data, headers=headers, timeout=30)


def as_json(array, **more):
    return {"inputs": [{"name": "picture", "shape": list(array.shape), "datatype": "FP32",
                        "data": array.tolist(), **more}]}


def test_the_server_and_its_models_describe_themselves(kserve, client):
    assert client.is_server_live() and client.is_server_ready() and client.is_model_ready("grey")
    assert requests.get(kserve.url + "/health/live", timeout=30).json() == {"live": True}
    assert requests.get(kserve.url + "/health/ready", timeout=30).json() == {"ready": True}
    assert requests.get(kserve.url + "/models/grey/ready", timeout=30).json() == {"name": "grey", "ready": True}
    server = client.get_server_metadata()
    assert server["name"] == "credence" and "binary_tensor_data" in server["extensions"]
    assert requests.get(kserve.url + "/", timeout=30).json() == server
    assert client.get_model_metadata("grey") == {
        "name": "grey", "versions": ["2"], "platform": "tensorflow_savedmodel",
        "inputs": [{"name": "picture", "datatype": "FP32", "shape": [-1, 8, 8]}],
        "outputs": [{"name": "output_0", "datatype": "FP32", "shape": [-1, 4]}]}
    config = client.get_model_config("grey")
    assert config["max_batch_size"] > 0
    assert config["input"][0]["dims"] == [8, 8] and config["input"][0]["data_type"] == "TYPE_FP32"
    assert config["output"][0]["dims"] == [4]


def test_sums_and_differences_in_json_and_in_binary(client):
    for binary in (True, False):
        outputs = [triton.InferRequestedOutput("OUTPUT1", binary_data=binary),
                   triton.InferRequestedOutput("OUTPUT0", binary_data=not binary)]
        result = client.infer("simple", simple_inputs(binary_data=binary), outputs=outputs, request_id="7")
        assert (result.as_numpy("OUTPUT0") == np.arange(16) + 1).all()
        assert (result.as_numpy("OUTPUT1") == np.arange(16) - 1).all()
        response = result.get_response()
        assert response["id"] == "7" and response["model_version"] == "1"
        assert [one["name"] for one in response["outputs"]] == ["OUTPUT1", "OUTPUT0"]
        assert response["parameters"]["verdict"] == "unassessed"
    whole = client.infer("simple", simple_inputs(), query_params={"test_1": 1}, timeout=5_000_000, priority=1)
    assert whole.as_numpy("OUTPUT0").shape == (1, 16)


def test_the_asynchronous_client(kserve):
    async def ask():
        async with triton_aio.InferenceServerClient(f"127.0.0.1:{kserve.port}") as client:
            answers = await asyncio.gather(*(client.infer("simple", simple_inputs()) for _ in range(8)))
            return [answer.as_numpy("OUTPUT0") for answer in answers]
    assert all((one == np.arange(16) + 1).all() for one in asyncio.run(ask()))


def test_classes_have_value_index_and_label(client):
    wanted = triton.InferRequestedOutput("output_0", binary_data=True, class_count=2)
    result = client.infer("grey", [tensor("picture", pictures(3), "FP32")], outputs=[wanted])
    classes = result.as_numpy("output_0")
    assert classes.shape == (3, 2)
    value, index, label = classes[0][0].decode().split(":")
    assert index == label and len(value.split(".")[1]) == 6
    assert float(value) >= float(classes[0][1].decode().split(":")[0])
    (output,) = result.get_response()["outputs"]
    assert output["datatype"] == "BYTES"


def test_a_picture_file_as_bytes_and_as_the_body(kserve, client):
    file = encoded(picture(seed=5))
    sent = client.infer("grey", [tensor("picture", np.array([file], dtype=object), "BYTES")])
    raw = infer(kserve, "grey", file, {LENGTH: "0"})
    assert raw.status_code == 200, raw.text
    head = int(raw.headers[LENGTH])
    answer = json.loads(raw.content[:head])
    assert raw.headers["content-type"] == "application/octet-stream"
    assert raw.content[head:] == sent.as_numpy("output_0").tobytes()
    assert answer["parameters"]["verdict"] == "unassessed"
    assert "data" not in answer["outputs"][0]
    numbers = infer(kserve, "grey", pictures().tobytes(), {LENGTH: "0"})
    same = client.infer("grey", [tensor("picture", pictures(), "FP32")]).as_numpy("output_0")
    assert numbers.content[int(numbers.headers[LENGTH]):] == same.tobytes()


def test_json_and_binary_give_the_same_bits(kserve, client):
    binary = client.infer("grey", [tensor("picture", pictures(2), "FP32")]).as_numpy("output_0")
    for array in (pictures(2), pictures(2).reshape(2, 64), pictures(2).reshape(-1)):
        body = as_json(array)
        body["inputs"][0]["shape"] = [2, 8, 8]
        (output,) = infer(kserve, "grey", body).json()["outputs"]
        assert np.array(output["data"], np.float32).tobytes() == binary.tobytes()


def test_the_verdict_is_an_output_when_it_is_asked_for(client):
    names = ["credence_verdict", "credence_confidence", "credence_set"]
    result = client.infer("grey", [tensor("picture", pictures(2), "FP32")],
                          outputs=[triton.InferRequestedOutput(name) for name in names])
    assert result.as_numpy("credence_verdict").tolist() == [b"unassessed"] * 2
    assert np.isnan(result.as_numpy("credence_confidence")).all()
    assert result.get_response()["parameters"]["verdict"] == '["unassessed","unassessed"]'


def test_what_is_not_finite_comes_and_goes(kserve):
    body = '{"inputs": [{"name": "x", "shape": [3, 1], "datatype": "FP32", "data": [NaN, Infinity, 1]}]}'
    assert '"data":[NaN,Infinity,2.5]' in infer(kserve, "half_plus_two", body).text


BAD = [
    ("grey", as_json(pictures(), name="x"), "unexpected inference input 'x' for model 'grey'"),
    ("grey", {"inputs": []}, "expected 1 inputs but got 0 inputs"),
    ("grey", {}, "'inputs'"),
    ("grey", "[1]", "must be an object"),
    ("grey", "", "The document is empty"),
    ("grey", "{", "JSON Parse error"),
    ("grey", as_json(pictures(), shape=[1, 8, 7]), "[1,8,7]"),
    ("grey", as_json(pictures()[:, :, :7]), "Expected [-1,8,8], got [1,8,7]"),
    ("grey", as_json(pictures(), shape=[2 ** 40, 8, 8]), "cannot have the shape"),
    ("grey", as_json(pictures(), shape=[2 ** 4, 2 ** 60 + 2]), "cannot have the shape"),
    ("grey", as_json(pictures(), shape=[-1, 8, 8]), "whole number of at least 0"),
    ("grey", as_json(pictures(), datatype="FP16"), "receiving FP16 data via JSON is not supported"),
    ("grey", as_json(pictures(), datatype="FP31"), "FP31"),
    ("grey", as_json(pictures(), data=["x"]), "is not of expected type: float"),
    ("grey", as_json(pictures(), parameters={"binary_data_size": 4}), "has data and binary_data_size"),
    ("grey", {**as_json(pictures()), "outputs": [{"name": "nope"}]}, "unexpected inference output 'nope'"),
    ("grey", {**as_json(pictures()), "outputs": [{"name": "output_0"}] * 2}, "already exists in request"),
    ("grey", {**as_json(pictures()), "id": 7}, "id must be a text"),
    ("grey", '{"inputs": ' + "[" * 100_000, "each input must be an object"),
    ("grey", '{"id": ' + "[" * 100_000, "id must be a text"),
    ("grey", '{"x": ' + "[" * 100_000, "JSON Parse error"),
    ("simple", {"inputs": [{"name": "INPUT0", "shape": [1, 16], "datatype": "FP32", "data": [0.5] * 16},
                           {"name": "INPUT1", "shape": [1, 16], "datatype": "INT32", "data": [1] * 16}]},
     "inference input 'INPUT0' data-type is 'FP32', but model 'simple' expects 'INT32'"),
]


@pytest.mark.parametrize("model, body, text", BAD, ids=range(len(BAD)))
def test_bad_requests_are_told_so(kserve, model, body, text):
    answer = infer(kserve, model, body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["error"] and text in answer.json()["error"], answer.text


@pytest.mark.parametrize("length, tail", [("x", b""), ("-1", b""), ("99999999999", b""), ("{n}", b"123"),
                                          ("{n}", b"12345"), ("1", b"1234")])
def test_bad_lengths_are_refused(kserve, length, tail):
    head = json.dumps({"inputs": [{"name": "x", "shape": [1, 1], "datatype": "FP32",
                                   "parameters": {"binary_data_size": 4}}]}).encode()
    answer = infer(kserve, "half_plus_two", head + tail, {LENGTH: length.format(n=len(head))})
    assert answer.status_code == 400 and "error" in answer.json()
    good = infer(kserve, "half_plus_two", head + np.float32(1).tobytes(), {LENGTH: str(len(head))})
    assert good.json()["outputs"][0]["data"] == [2.5]


def test_unknown_models_and_versions(kserve, client):
    for model, version, text in (("nope", "", "Request for unknown model: 'nope' is not found"),
                                 ("grey", "9", "Request for unknown model: 'grey' version 9 is not found"),
                                 ("unknown_op", "", "has no available versions")):
        with pytest.raises(InferenceServerException, match=text):
            client.get_model_metadata(model, version)
        assert not client.is_model_ready(model, version)
    assert requests.get(kserve.url + "/models/grey/versions/abc", timeout=30).status_code == 404
    assert requests.get(kserve.url + "/systemsharedmemory/status", timeout=30).status_code == 404
    assert requests.get(kserve.url + "/models/grey/infer", timeout=30).status_code == 405


def test_compressed_requests(kserve, client):
    for how in ("gzip", "deflate"):
        result = client.infer("simple", simple_inputs(), request_compression_algorithm=how)
        assert (result.as_numpy("OUTPUT0") == np.arange(16) + 1).all()
    assert infer(kserve, "grey", gzip.compress(b"x"), {"content-encoding": "zstd"}).status_code == 415


def test_statistics_count_rows_runs_and_requests(client):
    def now():
        (model,) = client.get_inference_statistics("grey")["model_stats"]
        return model
    before = now()
    client.infer("grey", [tensor("picture", pictures(4), "FP32")])
    after = now()
    assert after["inference_count"] - before["inference_count"] == 4
    assert after["inference_stats"]["success"]["count"] - before["inference_stats"]["success"]["count"] == 1
    assert after["execution_count"] > before["execution_count"]
    assert after["inference_stats"]["success"]["ns"] > before["inference_stats"]["success"]["ns"]
    assert after["last_inference"] > 1_700_000_000_000
    assert {one["name"] for one in client.get_inference_statistics()["model_stats"]} >= {"grey", "simple"}


def test_the_repository_is_listed_to_all_and_changed_by_operators_only(kserve, client, operator):
    index = {one["name"]: one for one in client.get_model_repository_index()}
    assert index["grey"] == {"name": "grey", "version": "2", "state": "READY"}
    assert index["unknown_op"]["state"] == "UNAVAILABLE" and "BesselI0e" in index["unknown_op"]["reason"]
    ready = requests.post(kserve.url + "/repository/index", json={"ready": True}, timeout=30).json()
    assert "unknown_op" not in {one["name"] for one in ready}
    assert requests.post(kserve.url + "/repository/index", json={"ready": 1}, timeout=30).status_code == 400
    with pytest.raises(InferenceServerException, match="--admin-port"):
        client.unload_model("simple")
    assert client.is_model_ready("simple")


def test_a_model_is_unloaded_and_loaded(client, operator):
    operator.unload_model("half_plus_two")
    for _ in range(600):
        if not client.is_model_ready("half_plus_two"):
            break
    with pytest.raises(InferenceServerException, match="no available versions"):
        client.infer("half_plus_two", [tensor("x", np.ones((1, 1), np.float32), "FP32")])
    operator.load_model("half_plus_two")
    assert client.is_model_ready("half_plus_two")  # at once: load answers when it is done
    operator.load_model("half_plus_two")  # anew
    with pytest.raises(InferenceServerException, match="failed to load"):
        operator.load_model("nope")
    with pytest.raises(InferenceServerException, match="failed to load 'unknown_op'.*BesselI0e"):
        operator.load_model("unknown_op")
    with pytest.raises(InferenceServerException, match="config"):
        operator.load_model("half_plus_two", config="{}")
