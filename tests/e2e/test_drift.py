"""The drift detector over live answers, on digits that Credence drew."""
import json
import math
import subprocess

import jsonschema
import pytest

from conftest import MODELS, Server, encoded, picture

DRIFT = "/v1/predictors/digits/drift"


@pytest.fixture(scope="module")
def digits(drawn_digits):
    server = Server("--models", drawn_digits.models, "--admin-port", "0")
    yield server
    assert server.stop() == 0, "".join(server.lines)
    said = [json.loads(line) for line in server.lines if "inputs drift" in line]
    assert [(s["level"], s["predictor"], s["version"]) for s in said] == [("warning", "digits", 1)] * 2


def metric(server, name):
    line = next(x for x in server.get("/metrics").text.splitlines() if x.startswith(name + "{"))
    return float(line.split()[-1])


def send(server, files):
    """All files, 50 a request."""
    for i in range(0, len(files), 50):
        answer = server.post("/v1/predict", files=[("file", file) for file in files[i:i + 50]])
        assert answer.status_code == 200
    return len(files)


def noise(count):
    return [encoded(picture(seed=i)) for i in range(count)]


def test_ordinary_pictures_raise_no_alarm_and_noise_does(digits, drawn_digits):
    start = digits.get(DRIFT).json()
    assert start["state"] == "ordinary" and start["predictions"] == 0 and start["logEvidence"] is None
    assert metric(digits, "credence_drift_log_evidence") == -math.inf

    sent = send(digits, [path.read_bytes() for path in drawn_digits.others])
    state = digits.get(DRIFT).json()
    assert (state["state"], state["alarms"], state["predictions"]) == ("ordinary", 0, sent)
    assert state["since"] is None and state["logEvidence"] < state["alarmAt"]

    sent += send(digits, noise(50))
    state = digits.get(DRIFT).json()
    assert state["state"] == "drifting" and state["alarms"] >= 5 and state["predictions"] == sent
    assert state["since"] >= state["countedFrom"]
    assert metric(digits, "credence_drifting") == 1
    assert metric(digits, "credence_drift_alarms_total") == state["alarms"]
    text = digits.get("/metrics").text
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    document = digits.get("/openapi.json").json()
    jsonschema.Draft202012Validator({"$ref": "#/components/schemas/Drift",
                                     "components": document["components"]}).validate(state)

    assert digits.post(DRIFT).status_code == 405
    reset = digits.admin.post(DRIFT).json()
    assert (reset["state"], reset["alarms"], reset["predictions"]) == ("ordinary", 0, 0)
    assert metric(digits, "credence_drifting") == 0
    send(digits, noise(50))  # a second episode: the log says so once more
    assert digits.get(DRIFT).json()["state"] == "drifting"


def test_wrong_methods_versions_and_names(digits):
    assert digits.delete(DRIFT).headers["allow"] == "GET, HEAD, OPTIONS"
    assert digits.get(DRIFT + "?version=7").status_code == 404
    assert digits.get(DRIFT + "?version=0").status_code == 400
    assert digits.get(DRIFT + "?version=x").status_code == 404  # no such version label
    assert digits.get("/v1/predictors/nobody/drift").status_code == 404


def test_without_a_profile_there_is_nothing_to_drift_from(start):
    server = start("--models", MODELS / "grey")
    answer = server.get("/v1/predictors/grey/drift")
    assert answer.status_code == 409 and "credence calibrate" in answer.json()["detail"]
    assert "credence_drifting" not in server.get("/metrics").text
