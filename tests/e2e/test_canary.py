"""A canary on the same traffic: one that is worse is rolled back, one as good is promoted."""
import json
import shutil
import time

import numpy as np
import pytest

from conftest import ROOT

CONFIG = {"share": 1, "shadow": True,
          "promote_when": {"all": ["agreement >= 0.9"], "alpha": 0.01, "inputs_min": 60},
          "rollback_when": {"any": ["agreement <= 0.8"], "alpha": 0.01, "inputs_min": 60}}


def fields(data, begin, end):
    """(number, begin, end) of each length-delimited field of a protobuf message."""
    def varint(at):
        value = shift = 0
        while True:
            value |= (data[at] & 127) << shift
            shift += 7
            at += 1
            if data[at - 1] < 128:
                return value, at
    while begin < end:
        tag, begin = varint(begin)
        if tag & 7 == 0:
            begin = varint(begin)[1]
        elif tag & 7 == 2:
            length, begin = varint(begin)
            yield tag >> 3, begin, begin + length
            begin += length
        else:
            begin += {1: 8, 5: 4}[tag & 7]


def found(data, path, begin=0, end=None):
    end = len(data) if end is None else end
    if not path:
        yield begin, end
        return
    for number, first, last in fields(data, begin, end):
        if number == path[0]:
            yield from found(data, path[1:], first, last)


def add_noise(saved_model, share):
    """Gaussian noise on the constants of a SavedModel without variables, in place."""
    data = bytearray(saved_model.read_bytes())
    random = np.random.default_rng(0)
    changed = 0
    # SavedModel.meta_graphs.graph_def.node.attr.value.tensor.tensor_content
    for begin, end in found(bytes(data), [2, 2, 1, 5, 2, 8, 4]):
        if end - begin < 400 or (end - begin) % 4:
            continue
        weights = np.frombuffer(bytes(data[begin:end]), "<f4").copy()
        weights += random.normal(0, share * weights.std(), weights.shape).astype("<f4")
        data[begin:end] = weights.tobytes()
        changed += 1
    assert changed
    saved_model.write_bytes(data)


@pytest.fixture
def pair(tmp_path):
    """Two versions of the bundled digits, labelled stable and canary; the second is not calibrated."""
    folder = tmp_path / "models/digits"
    for version in ("1", "2"):
        shutil.copytree(ROOT / "predictors/digits/1", folder / version)
    shutil.rmtree(folder / "2/assets.extra")
    (folder / "predictor.json").write_text(
        json.dumps({"schema": 1, "labels": {"stable": 1, "canary": 2}, "canary": CONFIG}))
    return folder


def ask_until_decided(server, drawn_digits):
    pictures = [path.read_bytes() for path in drawn_digits.others]
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up:
        for picture in pictures[:100]:
            assert server.post("/v1/predict", content=picture).status_code == 200
        told = server.get("/v1/predictors/digits/canary").json()
        if told["state"] in ("promoted", "rolled_back"):
            return told
    raise AssertionError(f"the gate did not decide: {told}")


def wait_for_answers_of(server, version, drawn_digits):
    picture = drawn_digits.others[0].read_bytes()
    give_up = time.monotonic() + 60
    while server.post("/v1/predict", content=picture).json()["predictorVersion"] != version:
        assert time.monotonic() < give_up


def wait_for_labels(folder, expected):
    """The decision is told before it is on the disk."""
    give_up = time.monotonic() + 60
    while (labels := json.loads((folder / "predictor.json").read_text())["labels"]) != expected:
        assert time.monotonic() < give_up, labels


def test_a_canary_with_noise_on_its_weights_is_rolled_back(start, pair, drawn_digits):
    add_noise(pair / "2/saved_model.pb", 1.5)
    server = start("--models", pair.parent, "--versions", "all", "--poll-ms", "100")
    told = ask_until_decided(server, drawn_digits)
    assert told["state"] == "rolled_back" and "agreement <= 0.8 holds" in told["reason"]
    wait_for_answers_of(server, 1, drawn_digits)
    wait_for_labels(pair, {"stable": 1})


def test_a_canary_that_is_as_good_is_promoted(start, pair, drawn_digits):
    server = start("--models", pair.parent, "--versions", "all", "--poll-ms", "100")
    told = ask_until_decided(server, drawn_digits)
    assert told["state"] == "promoted" and told["figures"]["agreement"]["value"] > 0.9
    wait_for_answers_of(server, 2, drawn_digits)
    wait_for_labels(pair, {"stable": 2})


def test_a_wrong_canary_configuration_does_not_give_the_canary_all_traffic(start, pair, drawn_digits):
    (pair / "predictor.json").write_text(
        json.dumps({"schema": 1, "labels": {"stable": 1, "canary": 2}, "canary": {"shear": 0.5}}))
    server = start("--models", pair.parent, "--versions", "all")
    picture = drawn_digits.others[0].read_bytes()
    assert {server.post("/v1/predict", content=picture).json()["predictorVersion"] for _ in range(5)} == {1}
    assert server.stop() == 0
    assert any("predictor.json" in line and "shear" in line and '"warning"' in line for line in server.lines)
