"""TensorFlow Serving's REST API as its clients use it: `requests`, and bodies as curl sends them."""
import base64
import gzip
import json
import shutil

import numpy as np
import pytest
import requests

import tiny_saved_model
from conftest import MODELS, Server, encoded, picture


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tfs")
    tiny_saved_model.half_plus_two(folder / "half_plus_two" / "00000123")
    tiny_saved_model.half_plus_two(folder / "half_plus_two" / "7")
    tiny_saved_model.half_plus_two(folder / "regressor" / "1")
    (folder / "regressor/1/assets.extra/credence").mkdir(parents=True)
    (folder / "regressor/1/assets.extra/credence/input.json").write_text('{"signature": "regress_x_to_y"}')
    tiny_saved_model.simple(folder / "simple" / "1")
    tiny_saved_model.doubling(folder / "scalar" / "1", tiny_saved_model.FLOAT, ())
    tiny_saved_model.doubling(folder / "rank1" / "1", tiny_saved_model.INT64, (-1,))
    tiny_saved_model.unknown_op(folder / "unknown_op" / "1")
    shutil.copytree(MODELS / "grey", folder / "grey" / "1")
    return folder


@pytest.fixture(scope="module")
def tfs(repository):
    server = Server("--models", repository, "--versions", "all", "--label", "half_plus_two:stable=7", "--tfs-cors")
    server.url = f"http://127.0.0.1:{server.port}/v1/models/"
    yield server
    assert server.stop() == 0, "".join(server.lines)


def predict(tfs, model, body):
    """`body`: text or an object, which requests writes as it likes."""
    data = body if isinstance(body, str) else json.dumps(body)
    return requests.post(tfs.url + model + ":predict", data=data, timeout=30)


def test_half_plus_two_answers_as_the_documentation_says(tfs):
    answer = predict(tfs, "half_plus_two", '{"instances": [1.0, 2.0, 5.0]}')
    assert answer.json() == {"predictions": [2.5, 3.0, 4.5]}
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["credence-verdict"] == "unassessed"
    assert predict(tfs, "half_plus_two", '{"inputs": [[1.0]]}').json() == {"outputs": [[2.5]]}
    assert predict(tfs, "half_plus_two", '{"inputs": {"x": [1, 2]}}').json() == {"outputs": [2.5, 3.0]}
    assert predict(tfs, "half_plus_two", '{"instances": [{"x": 1}, {"x": 2}]}').json() == {"predictions": [2.5, 3.0]}


def test_numbers_look_like_floats_and_what_is_not_finite_comes_and_goes(tfs):
    assert predict(tfs, "half_plus_two", '{"instances": [0, NaN, Infinity, -Infinity, -4]}').text == \
        '{"predictions":[2.0,NaN,Infinity,-Infinity,0.0]}'
    answer = predict(tfs, "half_plus_two", {"instances": [float("nan")]})  # as json.dumps writes it
    assert np.isnan(answer.json()["predictions"][0])


def test_several_inputs_and_outputs_are_objects(tfs):
    row = list(range(16))
    answer = predict(tfs, "simple", {"instances": [{"INPUT0": row, "INPUT1": [1] * 16}] * 2})
    first, second = answer.json()["predictions"]
    assert first == second
    assert first["OUTPUT0"] == [n + 1 for n in row] and first["OUTPUT1"] == [n - 1 for n in row]
    column = predict(tfs, "simple", {"inputs": {"INPUT0": [row], "INPUT1": [row], "other": 1}}).json()["outputs"]
    assert column["OUTPUT1"] == [[0] * 16]
    chosen = predict(tfs, "simple", {"inputs": {"INPUT0": [row], "INPUT1": [row]}, "output_filter": ["OUTPUT1"]})
    assert chosen.json() == {"outputs": [[0] * 16]}


def test_scalars_rank_one_and_whole_numbers(tfs):
    assert predict(tfs, "scalar", {"inputs": 5}).text == '{"outputs":10.0}'
    assert predict(tfs, "rank1", {"instances": [1, -2]}).text == '{"predictions":[2,-4]}'
    refused = predict(tfs, "rank1", {"inputs": [1, 2 ** 40]})
    assert refused.status_code == 400
    assert "computes int64 as int32" in refused.json()["error"]
    refused = predict(tfs, "scalar", {"instances": [5]})
    assert refused.status_code == 400


ERRORS = [
    ("half_plus_two", "", "JSON Parse error: The document is empty"),
    ("half_plus_two", "nonsense", "JSON Parse error: Invalid value. at offset: 0"),
    ("nope", "nonsense", "JSON Parse error: Invalid value. at offset: 0"),
    ("half_plus_two", "[1]", "Is not object"),
    ("half_plus_two", "{}", "Missing 'inputs' or 'instances' key"),
    ("half_plus_two", '{"inputs": 1, "instances": [1]}', "expecting only one of 'inputs' or 'instances' keys"),
    ("half_plus_two", '{"instances": 5}', "Expecting 'instances' to be an list/array"),
    ("half_plus_two", '{"instances": []}', "No values in 'instances' array"),
    ("half_plus_two", '{"instances": [{"y": 1}]}', "does not have named input: x"),
    ("half_plus_two", '{"inputs": {"y": 1}}', "Missing named input: x in 'inputs' object."),
    ("half_plus_two", '{"instances": ["a"]}', 'JSON Value: "a" Type: String is not of expected type: float'),
    ("half_plus_two", '{"instances": [{"b64": "AAAA"}]}', "Type: Object is not of expected type: float"),
    ("half_plus_two", '{"instances": [null]}', "is not of expected type: float"),
    ("half_plus_two", '{"instances": [1.]}', "JSON Parse error"),
    ("half_plus_two", '{"instances": [[1], [1, 2]]}', "Encountered list at unexpected size: 2 at level: 1"),
    ("half_plus_two", '{"instances": [1, {"x": 1}]}', "Expecting value/list but got object at item 1 of input list"),
    ("half_plus_two", '{"instances": [{"x": 1}, 1]}', "Expecting object but got list at item 1 of input list"),
    ("half_plus_two", '{"instances": [[1, 2, 3]]}', "unexpected shape for input 'x'"),
    ("half_plus_two", '{"instances": ' + "[" * 100_000, "JSON Parse error"),
    ("half_plus_two", '{"instances": [1], "signature_name": "nope"}',
     'Serving signature name: "nope" not found in signature def'),
    ("half_plus_two", '{"instances": [1], "signature_name": 7}', "'signature_name' key must be a string value."),
    ("half_plus_two", '{"instances": [1], "output_filter": ["z"]}', "output tensor alias not found in signature: z"),
    ("simple", '{"instances": [[1]]}', "expecting list of objects as multiple input tensors required"),
    ("rank1", '{"instances": [1.0]}', "is not of expected type: int64"),
    ("grey", '{"instances": [{"b64": "AAAA"}]}', "no known picture format"),
    ("grey", '{"instances": [{"b64": "!"}]}', "base64"),
]


@pytest.mark.parametrize("model, body, text", ERRORS, ids=range(len(ERRORS)))
def test_errors_are_worded_as_clients_expect(tfs, model, body, text):
    answer = predict(tfs, model, body)
    assert answer.status_code == 400, answer.text
    assert list(answer.json()) == ["error"]
    assert text in answer.json()["error"], answer.text


def test_models_versions_and_labels_are_found_or_not(tfs):
    ask = {"instances": [1]}
    for path in ("half_plus_two/versions/123", "half_plus_two/versions/7", "half_plus_two/labels/stable"):
        assert predict(tfs, path, ask).json() == {"predictions": [2.5]}
    for path, status, text in (("nope", 404, "Servable not found for request: Latest(nope)"),
                               ("half_plus_two/versions/99", 404, "Specific(half_plus_two, 99)"),
                               ("half_plus_two/versions/x", 400, "Failed to convert version: x to numeric."),
                               ("half_plus_two/labels/nope", 400, "Unrecognized servable version label: nope"),
                               ("unknown_op", 404, "Servable not found for request: Latest(unknown_op)")):
        answer = predict(tfs, path, ask)
        assert (answer.status_code, text in answer.json()["error"]) == (status, True), answer.text
    assert "BesselI0e" in predict(tfs, "unknown_op", ask).json()["error"]


def test_status(tfs):
    def state(version):
        return {"version": version, "state": "AVAILABLE", "status": {"error_code": "OK", "error_message": ""}}
    for path, versions in (("", ("123", "7")), ("/versions/7", ("7",)), ("/labels/stable", ("7",))):
        told = requests.get(tfs.url + "half_plus_two" + path, timeout=30).json()
        assert told == {"model_version_status": [state(one) for one in versions]}
    (failed,) = requests.get(tfs.url + "unknown_op", timeout=30).json()["model_version_status"]
    assert failed["state"] == "END" and "BesselI0e" in failed["status"]["error_message"]
    missing = requests.get(tfs.url + "nope", timeout=30)
    assert (missing.status_code, missing.json()["error"]) == (404, "Could not find any versions of model nope")
    assert "grey" in requests.get(tfs.url[:-1], timeout=30).json()["models"]


def test_metadata_has_every_signature(tfs):
    metadata = requests.get(tfs.url + "half_plus_two/versions/7/metadata", timeout=30).json()
    assert metadata["model_spec"] == {"name": "half_plus_two", "signature_name": "", "version": "7"}
    signatures = metadata["metadata"]["signature_def"]["signature_def"]
    assert set(signatures) == {"serving_default", "regress_x_to_y", "classify_x_to_y", "__saved_model_init_op"}
    shape = {"dim": [{"size": "-1", "name": ""}, {"size": "1", "name": ""}], "unknown_rank": False}
    assert signatures["serving_default"] == {
        "inputs": {"x": {"dtype": "DT_FLOAT", "name": "x:0", "tensor_shape": shape}},
        "outputs": {"y": {"dtype": "DT_FLOAT", "name": "y:0", "tensor_shape": shape}},
        "method_name": "tensorflow/serving/predict", "defaults": {}}
    assert signatures["__saved_model_init_op"]["outputs"]["__saved_model_init_op"]["tensor_shape"]["unknown_rank"]


def test_classify_and_regress_where_the_signature_has_them(tfs):
    def ask(path, body):
        return requests.post(tfs.url + path, json=body, timeout=30)
    examples = {"examples": [{"x": 1.0}, {"x": 2.0}]}
    assert ask("regressor:regress", examples).json() == {"results": [2.5, 3.0]}
    assert ask("regressor:regress", {"examples": [{"x": [1.0]}, {"x": [2.0]}]}).json() == {"results": [2.5, 3.0]}
    refused = ask("half_plus_two:regress", examples)
    assert refused.status_code == 400
    assert refused.json()["error"].startswith("No regression inputs found in SignatureDef: ")
    refused = ask("grey:classify", examples)
    assert refused.json()["error"].startswith("No classification inputs found in SignatureDef: ")
    assert "key 'examples' is expected and was not found" in ask("regressor:regress", {}).json()["error"]
    assert "'examples' value is an empty array" in ask("regressor:regress", {"examples": []}).json()["error"]
    refused = ask("regressor:regress", {"examples": [1]})
    assert "Example must be JSON object but got JSON Number" in refused.json()["error"]


def test_pages_of_any_origin_may_call(tfs):
    page = {"origin": "https://app.example", "sec-fetch-site": "cross-site"}
    preflight = requests.options(tfs.url + "half_plus_two:predict", headers=page, timeout=30)
    assert preflight.status_code == 204 and "POST" in preflight.headers["access-control-allow-methods"]
    assert "Content-Type" in preflight.headers["access-control-allow-headers"]
    asked = requests.post(tfs.url + "half_plus_two:predict", json={"instances": [1]}, headers=page, timeout=30)
    assert asked.json() == {"predictions": [2.5]}
    plain, wrong = predict(tfs, "half_plus_two", {"instances": [1]}), predict(tfs, "half_plus_two", "x")
    for answer in (preflight, asked, plain, wrong):
        assert answer.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in tfs.get("/livez").headers
    assert tfs.post("/v1/predict", content=b"x", headers=page).status_code == 403


def test_a_page_that_is_named_beside_any_is_told_once(start, repository):
    """Browsers refuse an answer that names its readers twice."""
    server = start("--models", repository, "--versions", "all", "--tfs-cors", "--cors-origin", "https://app.example")
    for origin, told in (("https://app.example", "https://app.example"), ("https://other.example", "*")):
        headers = {"origin": origin, "sec-fetch-site": "cross-site"}
        answer = server.post("/v1/models/half_plus_two:predict", json={"instances": [1]}, headers=headers)
        assert answer.json() == {"predictions": [2.5]}
        assert answer.headers.get_list("access-control-allow-origin") == [told]


def test_compressed_bodies(tfs):
    body = gzip.compress(b'{"instances": [1.0]}')
    def send(encoding, data):
        return requests.post(tfs.url + "half_plus_two:predict", data=data, headers={"content-encoding": encoding},
                             timeout=30)
    assert send("gzip", body).json() == {"predictions": [2.5]}
    assert send("gzip", body[:-3]).status_code == 400
    unknown = send("br", body)
    assert unknown.status_code == 415 and unknown.headers["accept-encoding"] == "gzip, deflate"
    assert send("gzip", gzip.compress(b"[" * (33 << 20))).status_code == 413


def test_a_picture_in_each_form_gets_one_answer(tfs):
    file = {"b64": base64.b64encode(encoded(picture(seed=3))).decode()}
    name = next(iter(requests.get(tfs.url + "grey/metadata", timeout=30).json()
                     ["metadata"]["signature_def"]["signature_def"]["serving_default"]["inputs"]))
    rows = [predict(tfs, "grey", body).json()["predictions"][0]
            for body in ({"instances": [file]}, {"instances": [{name: file}]})]
    columns = [predict(tfs, "grey", body).json()["outputs"][0]
               for body in ({"inputs": [file]}, {"inputs": {name: [file]}}, {"inputs": file})]
    assert all(one == rows[0] for one in rows + columns)


def test_wrong_methods_and_paths_answer_with_an_error(tfs):
    answer = requests.get(tfs.url + "grey:predict", timeout=30)
    assert answer.status_code == 405 and "POST" in answer.headers["allow"] and "error" in answer.json()
    assert "error" in requests.get(tfs.url + "grey/nothing/here", timeout=30).json()


def test_reliability_comes_in_the_body_when_asked_for(tfs):
    ask = {"instances": np.zeros((2, 8, 8)).tolist()}
    answer = requests.post(tfs.url + "grey:predict?reliability=true", json=ask, timeout=30)
    assert answer.status_code == 200, answer.text
    assert answer.json()["reliability"]["verdict"] == ["unassessed", "unassessed"]
    assert answer.headers["credence-verdict"] == "unassessed, unassessed"
    assert list(predict(tfs, "grey", ask).json()) == ["predictions"]
