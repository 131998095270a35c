"""Fields: several pictures that make one value, with one verdict."""
import json
import math
import shutil

import numpy as np
import pytest

from conftest import ROOT, Server, encoded, run
from test_belief import tracks  # noqa: F401  a fixture


@pytest.fixture(scope="module")
def fields(drawn_digits, tmp_path_factory):
    """The bundled model, calibrated for fields of two and three pictures, and files to make fields of."""
    folder = tmp_path_factory.mktemp("fields")
    shutil.copytree(ROOT / "predictors/digits", folder / "models/digits")
    done = run("calibrate", "--model", folder / "models", "--data", drawn_digits.pictures, "--split", "train",
               "--fields-of", "3", "--fields-of", "2", "--json")
    assert done.returncode == 0, done.stderr
    drawn_digits.fields = folder / "models"
    drawn_digits.found = json.loads(done.stdout)
    return drawn_digits


@pytest.fixture(scope="module")
def server(fields):
    server = Server("--models", fields.fields)
    yield server
    assert server.stop() == 0


def post(server, contents, **query):
    files = [("file", (f"{i}.png", content)) for i, content in enumerate(contents)]
    return server.post("/v1/predict", files=files, params={"field": "true", **query})


def some(fields, seed, length):
    """Files of a field, in an order of their own."""
    return [fields.others[i] for i in np.random.default_rng(seed).permutation(len(fields.others))[:length]]


def test_calibration_certifies_each_length_on_its_own(fields):
    two, three = fields.found["fields"]
    assert (two["length"], three["length"]) == (2, 3) and not two["given"]
    assert two["certifying"] == fields.found["certifying"] // 2
    assert three["certifying"] == fields.found["certifying"] // 3
    assert [rung["risk"] for rung in two["ladder"]] == [.005, .01, .02, .05, .1]
    assert two["theta"] is not None
    shown = run("inspect", fields.fields)
    assert b"fields of 3 pictures, certified on" in shown.stdout


def test_a_field_is_one_answer_of_its_pictures_in_order(fields, server):
    for seed in range(12):
        files = some(fields, seed, 2)
        answer = post(server, [file.read_bytes() for file in files]).json()
        alone = [server.post("/v1/predict", content=file.read_bytes()).json() for file in files]
        assert answer["pictures"] == alone
        assert answer["label"] == "".join(one["label"] for one in alone) and answer["length"] == 2
        assert answer["pCorrect"] == pytest.approx(math.prod(one["pCorrect"] for one in alone), abs=1e-6)
        assert answer["confidence"] == pytest.approx(math.prod(one["confidence"] for one in alone), abs=1e-6)
        if answer["verdict"] == "reliable":
            assert answer["reasons"] == [] and answer["certifiedRisk"] is not None
            for one in alone:  # reliable, or it is only the familiarity that is judged of the whole
                assert one["verdict"] == "reliable" or \
                    "somewhat_unfamiliar" in [reason["code"] for reason in one["reasons"]]
        else:
            assert answer["reasons"]


def test_some_fields_are_reliable_and_those_are_right(fields, server):
    reliable = 0
    for seed in range(60):
        files = some(fields, 100 + seed, 2)
        answer = post(server, [file.read_bytes() for file in files]).json()
        if answer["verdict"] == "reliable":
            reliable += 1
            assert answer["label"] == "".join(file.parent.name for file in files)
    assert reliable >= 20


def test_server_and_terminal_agree(fields, server):
    for length in (1, 2, 3, 4):
        files = some(fields, length, length)
        answer = post(server, [file.read_bytes() for file in files]).json()
        done = run("predict", "--model", fields.fields, "--field", "--json", *files)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert [one.pop("file") for one in told["pictures"]] == [str(file) for file in files]
        assert told == answer
        text = run("predict", "--model", fields.fields, "--field", *files).stdout.decode()
        assert text.startswith(f"field of {length}: {answer['label']}  {answer['verdict']}")


def test_one_picture_is_a_field_whose_verdict_is_the_pictures(fields, server):
    answer = post(server, [fields.others[0].read_bytes()]).json()
    one = answer["pictures"][0]
    for key in ("label", "confidence", "verdict", "certifiedRisk", "familiarity"):
        assert answer[key] == pytest.approx(one[key]) if isinstance(one[key], float) else answer[key] == one[key]


def test_a_length_that_was_not_calibrated_is_unassessed(fields, server):
    answer = post(server, [file.read_bytes() for file in some(fields, 1, 4)]).json()
    assert answer["verdict"] == "unassessed" and answer["familiarity"] is None and answer["certifiedRisk"] is None
    assert [reason["code"] for reason in answer["reasons"]] == ["field_not_calibrated"]
    assert "but of 2, 3; credence calibrate --fields-of 4" in answer["reasons"][0]["text"]
    assert 0 <= answer["pCorrect"] <= 1  # of the assumption alone


def test_a_blank_picture_makes_the_field_unfamiliar(fields, server):
    blank = encoded(np.zeros((28, 28), np.uint8))
    answer = post(server, [fields.others[0].read_bytes(), blank]).json()
    assert answer["verdict"] == "unfamiliar" and answer["confidence"] < .1
    assert answer["reasons"][0]["code"] == "picture_unfamiliar" and answer["reasons"][0]["picture"] == 1


def test_a_picture_that_cannot_be_read_is_named(fields, server):
    contents = [fields.others[0].read_bytes(), b"no picture", fields.others[1].read_bytes()]
    answer = post(server, contents)
    assert answer.status_code == 415 and "picture 2 of the field's 3" in answer.text
    (fields.fields.parent / "none.png").write_bytes(b"no picture")
    done = run("predict", "--model", fields.fields, "--field", fields.others[0], fields.fields.parent / "none.png")
    assert done.returncode == 1 and b"none.png" in done.stderr


def test_json_with_several_pictures_is_a_field_too(fields, server):
    numbers = np.random.default_rng(1).integers(0, 256, (2, 28, 28)).tolist()
    answer = server.post("/v1/predict?field=true", json={"images": numbers}).json()
    alone = server.post("/v1/predict", json={"images": numbers}).json()["predictions"]
    assert answer["pictures"] == alone and answer["length"] == 2
    refused = server.post("/v1/predict?field=perhaps", json={"images": numbers})
    assert refused.status_code == 400 and "field=perhaps" in refused.text


def test_a_predictor_says_which_fields_it_knows(server):
    known = server.get("/v1/predictor").json()["reliability"]["fields"]
    assert [(field["length"], field["given"]) for field in known] == [(2, False), (3, False)]
    assert known[0]["certifiedRisks"]


def test_evaluation_measures_the_certified_lengths(fields, tmp_path):
    done = run("evaluate", "--model", fields.fields, "--data", fields.pictures, "--split", "t10k", "--json",
               "--html", tmp_path / "report.html")
    assert done.returncode == 0, done.stderr
    two, three = json.loads(done.stdout)["fields"]
    assert (two["rows"], three["rows"]) == (100, 66)
    assert two["reliable"]["value"] + two["uncertain"]["value"] + two["unfamiliar"]["value"] == pytest.approx(1)
    shares = [rung["share"]["value"] for rung in two["ladder"]]
    assert shares == sorted(shares)
    assert "Fields of 2 pictures" in (tmp_path / "report.html").read_text()


def test_a_version_without_a_profile_knows_nothing_of_fields(start, models):
    server = start("--models", models, "--default", "grey")
    answer = post(server, [encoded(np.eye(28, dtype=np.uint8) * 255)] * 2).json()
    assert answer["verdict"] == "unassessed" and answer["confidence"] is None and answer["pCorrect"] is None
    assert answer["reasons"][0]["code"] == "field_not_calibrated"


def test_groups_can_be_the_fields(tracks, tmp_path):  # noqa: F811
    shutil.copytree(ROOT / "predictors/digits", tmp_path / "model")
    data = ("--model", tmp_path / "model", "--data", tracks / "named.csv")
    done = run("calibrate", *data, "--group-column", "writer", "--fields-of", "groups", "--json")
    assert done.returncode == 0, done.stderr
    field, = json.loads(done.stdout)["fields"]
    assert field["given"] and field["length"] == 4 and field["certifying"] <= 60
    found = json.loads(run("evaluate", *data, "--group-column", "writer", "--i-know", "--json").stdout)
    assert found["fields"][0]["given"]
    plain = json.loads(run("evaluate", *data, "--i-know", "--json").stdout)
    assert plain["fields"] == [] and any("which are groups" in warning for warning in plain["warnings"])
    done = run("calibrate", *data, "--fields-of", "groups")
    assert done.returncode == 1 and b"the data has none" in done.stderr


@pytest.mark.parametrize("lengths, message", [
    (("1",), b"from 2 to 64"), (("65",), b"from 2 to 64"), (("2x",), b"from 2 to 64"), (("words",), b"or groups"),
    (("groups", "2"), b"not both"), (("64",), b"need 640 certifying pictures"),
])
def test_lengths_that_are_none_are_refused(fields, lengths, message):
    options = [part for length in lengths for part in ("--fields-of", length)]
    done = run("calibrate", "--model", fields.fields, "--data", fields.pictures, "--split", "train", *options)
    assert done.returncode == 1 and message in done.stderr, done.stderr
