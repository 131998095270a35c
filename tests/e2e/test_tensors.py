"""The model's own tensors in, its own outputs out: classifiers, and models that are none."""
import shutil

import numpy as np
import pytest

from conftest import MODELS, Server, encoded, picture, run


@pytest.fixture(scope="module")
def tensor_server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tensor_models")
    for name in ("grey", "two_inputs", "no_picture"):
        shutil.copytree(MODELS / name, folder / name / "1")
    server = Server("--models", folder)
    yield server
    assert server.stop() == 0, "".join(server.lines)


def inputs_of(server, name):
    return server.get(f"/v1/predictors/{name}").json()["tensors"]["inputs"]


def test_a_model_of_two_inputs_answers_by_name(tensor_server):
    inputs = {one["name"]: np.full([2] + one["shape"][1:], 0.25).tolist()
              for one in inputs_of(tensor_server, "two_inputs")}
    answer = tensor_server.post("/v1/predict?predictor=two_inputs", json={"inputs": inputs})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["verdict"] == "unassessed"
    assert body["reasons"][0]["code"] == "no_classifier"
    assert all(np.asarray(output).shape[0] == 2 for output in body["outputs"].values())


def test_asking_it_for_a_picture_is_refused_with_what_it_takes(tensor_server):
    answer = tensor_server.post("/v1/predict?predictor=two_inputs", content=encoded(picture()))
    assert answer.status_code == 400
    assert "this model takes no picture" in answer.json()["detail"]
    for one in inputs_of(tensor_server, "two_inputs"):
        assert one["name"] in answer.json()["detail"]


def test_a_missing_input_is_named(tensor_server):
    one = inputs_of(tensor_server, "two_inputs")[0]
    answer = tensor_server.post("/v1/predict?predictor=two_inputs",
                                json={"inputs": {one["name"]: np.zeros([1] + one["shape"][1:]).tolist()}})
    assert answer.status_code == 400
    assert "there is no input" in answer.json()["detail"]


def test_a_classifiers_tensor_is_answered_row_by_row(tensor_server):
    contract = inputs_of(tensor_server, "grey")[0]
    rows = np.random.default_rng(0).random([3] + contract["shape"][1:])
    answer = tensor_server.post("/v1/predict?predictor=grey",
                                json={"inputs": {contract["name"]: rows.tolist()}})
    assert answer.status_code == 200, answer.text
    predictions = answer.json()["predictions"]
    assert len(predictions) == 3
    for row, prediction in zip(rows, predictions):
        (scores,) = prediction["outputs"].values()
        assert scores[0] == prediction["prediction"]  # no profile: the model's own
        alone = tensor_server.post("/v1/predict?predictor=grey&outputs=true",
                                   json={"inputs": {contract["name"]: row.tolist()}}).json()
        assert np.allclose(alone["predictions"][0]["prediction"], prediction["prediction"], atol=1e-5)
        # The same numbers as a picture: untouched, so the same tensor.
        image = tensor_server.post("/v1/predict?predictor=grey",
                                   json={"image": row.reshape(row.shape[:2]).tolist()}).json()
        assert np.allclose(image["prediction"], prediction["prediction"], atol=1e-6)


def test_inspect_says_how_it_is_served():
    told = run("inspect", MODELS / "no_picture")
    assert told.returncode == 0, told.stderr
    assert "served through tensors, unassessed" in told.stdout.decode()
    refused = run("calibrate", "--model", MODELS / "no_picture", "--data", MODELS)
    assert refused.returncode == 1
