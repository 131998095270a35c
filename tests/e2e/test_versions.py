"""Versions that come, change and go while the server runs."""
import json
import os
import re
import shutil
import signal
import threading
import time

import httpx
import pytest

from conftest import MODELS, encoded, picture, run
from test_calibrate import blobs, write_csv

PNG = encoded(picture())


def until(condition, what, seconds=60):
    """Asks until the condition holds; returns what it gave."""
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


def states(server, name="grey"):
    """version -> (state, reason) of one predictor"""
    return {p["version"]: (p["state"], p.get("reason", ""))
            for p in server.get("/v1/predictors").json()["predictors"] if p["name"] == name}


def answers(server, **parameters):
    """The number of the version that answers."""
    answer = server.post("/v1/predict", content=PNG, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()["predictorVersion"]


class Load:
    """Asks one question after another on a few connections; collects (status, version)."""

    def __init__(self, server, threads=3, **parameters):
        self.seen, self.stopped = [], threading.Event()
        url = f"http://127.0.0.1:{server.port}/v1/predict"

        def ask():
            with httpx.Client(timeout=60) as client:
                while not self.stopped.is_set():
                    answer = client.post(url, content=PNG, params=parameters)
                    self.seen.append((answer.status_code, answer.json().get("predictorVersion")))

        self.threads = [threading.Thread(target=ask) for _ in range(threads)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        until(lambda: self.seen, "a first answer")
        return self

    def __exit__(self, *_):
        self.stopped.set()
        for thread in self.threads:
            thread.join()


def break_into(folder):
    """A version of which one bit of the weights has flipped."""
    shutil.copytree(MODELS / "grey", folder)
    shard = folder / "variables/variables.data-00000-of-00001"
    data = bytearray(shard.read_bytes())
    data[10] ^= 1
    shard.write_bytes(data)


@pytest.fixture
def models(tmp_path):
    shutil.copytree(MODELS / "grey", tmp_path / "models/grey/1")
    return tmp_path / "models"


def test_a_version_copied_in_piece_by_piece_under_load(start, models):
    server = start("--models", models, "--poll-ms", "100")
    source, target = MODELS / "grey", models / "grey/2"
    shard = "variables/variables.data-00000-of-00001"
    data = (source / shard).read_bytes()
    with Load(server) as load:
        (target / "variables").mkdir(parents=True)
        graph = (source / "saved_model.pb").read_bytes()
        (target / "saved_model.pb").write_bytes(graph[:1000])
        reason = until(lambda: states(server).get(2, ("", ""))[1], "half a graph is refused")
        assert "saved_model.pb is damaged" in reason
        (target / "saved_model.pb").write_bytes(graph)
        until(lambda: "variables.index is missing" in states(server)[2][1], "no variables yet")
        shutil.copy(source / "variables/variables.index", target / "variables")
        until(lambda: "data-00000-of-00001 is missing" in states(server)[2][1], "no shard yet")
        (target / shard).write_bytes(data[:1000])
        until(lambda: "has 1000 bytes; its tensors need" in states(server)[2][1], "half a shard")
        assert answers(server) == 1 and server.get("/readyz").status_code == 200
        with (target / shard).open("ab") as file:
            file.write(data[1000:])
        until(lambda: answers(server) == 2, "the new version answers")
        count = len(load.seen)
        until(lambda: len(load.seen) > count + 20, "and goes on")
    assert {status for status, _ in load.seen} == {200}
    assert {version for _, version in load.seen} == {1, 2}
    until(lambda: states(server) == {1: ("unloaded", ""), 2: ("serving", "")}, "the old one is freed")
    assert server.stop() == 0


def test_a_broken_version_is_refused_and_loaded_once_it_is_mended(start, models):
    server = start("--models", models, "--poll-ms", "100")
    break_into(models / "grey/2")
    until(lambda: states(server).get(2, ("",))[0] == "refused", "it is refused")
    assert "is damaged: the checksum of the" in states(server)[2][1] and states(server)[1] == ("serving", "")
    ready = server.get("/readyz")
    assert ready.status_code == 200 and ready.json()["warnings"][0]["version"] == 2
    assert answers(server) == 1
    refused = server.post("/v1/predict", content=PNG, params={"version": 2})
    assert refused.status_code == 503 and "was refused" in refused.json()["detail"]
    shutil.rmtree(models / "grey/2")
    shutil.copytree(MODELS / "grey", models / "grey/2")
    until(lambda: answers(server) == 2, "the mended one answers")


def test_files_that_are_overwritten_in_place_harm_nothing(start, models):
    server = start("--models", models, "--poll-ms", "50")
    shard = models / "grey/1/variables/variables.data-00000-of-00001"
    whole = shard.read_bytes()
    with Load(server) as load:
        with shard.open("r+b") as file:
            file.truncate(100)
        refused = until(lambda: next(iter(server.get("/v1/predictors").json()["predictors"])).get("changeRefused"),
                        "the change is refused")
        assert "has 100 bytes" in refused and states(server)[1][0] == "serving"
        shard.write_bytes(whole)
        until(lambda: not next(iter(server.get("/v1/predictors").json()["predictors"])).get("changeRefused"),
              "the mended one is loaded")
    assert set(load.seen) == {(200, 1)}


def test_when_the_files_vanish_the_last_version_serves_on(start, models):
    server = start("--models", models, "--poll-ms", "50")
    models.rename(models.with_name("away"))
    shutil.copytree(MODELS / "rgb_uint8", models / "other/1")
    until(lambda: "other" in {p["name"] for p in server.get("/v1/predictors").json()["predictors"]},
          "a look that sees the new and misses the old")
    until(lambda: states(server, "other") == {1: ("serving", "")}, "the new predictor serves")
    assert answers(server, predictor="grey") == 1
    shutil.rmtree(models)
    assert answers(server, predictor="grey") == 1
    assert server.get("/readyz").status_code == 200


def test_a_deleted_version_goes_when_another_one_serves(start, models):
    shutil.copytree(MODELS / "grey", models / "grey/2")
    server = start("--models", models, "--poll-ms", "50")
    assert answers(server) == 2
    shutil.rmtree(models / "grey/2")
    until(lambda: states(server) == {1: ("serving", "")}, "back to version 1")
    assert answers(server) == 1


def test_a_calibration_of_the_served_version_is_noticed(start, models, tmp_path):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for i in range(400):
        (pictures / f"{i}.png").write_bytes(encoded(blobs(i)))
    server = start("--models", models, "--poll-ms", "100")
    before = [server.post("/v1/predict", content=(pictures / f"{i}.png").read_bytes()).json()
              for i in range(400)]
    assert {answer["verdict"] for answer in before} == {"unassessed"}
    data = write_csv(pictures / "own.csv", [answer["label"] for answer in before])
    with Load(server) as load:
        done = run("calibrate", "--model", models / "grey/1", "--data", data, "--rows", "0::2")
        assert done.returncode == 0, done.stderr
        verdict = until(lambda: {server.post("/v1/predict", content=PNG).json()["verdict"]}
                        - {"unassessed"}, "a verdict without a restart")
    assert verdict <= {"reliable", "uncertain", "unfamiliar"}
    assert set(load.seen) == {(200, 1)}


def test_without_polling_sighup_makes_it_look(start, models):
    server = start("--models", models, "--poll-ms", "0")
    shutil.copytree(MODELS / "grey", models / "grey/2")
    assert answers(server) == 1
    server.process.send_signal(signal.SIGHUP)
    until(lambda: answers(server) == 2, "the new version answers")
    assert server.stop() == 0
    assert any("looking for versions" in line for line in server.lines)


def test_labels_name_versions(start, models):
    shutil.copytree(MODELS / "grey", models / "grey/2")
    file = models / "grey/predictor.json"
    file.write_text(json.dumps({"schema": 1, "labels": {"stable": 1}}))
    server = start("--models", models, "--poll-ms", "50", "--label", "grey:newest=2")
    assert answers(server, version="stable") == 1 and answers(server, version="newest") == 2
    assert answers(server) == 1  # stable answers when no version is named
    assert server.get("/v1/predictors/grey", params={"version": "stable"}).json()["versionLabels"] == ["stable"]
    assert 'credence_version_label{label="newest",predictor="grey"} 2' in server.get("/metrics").text
    assert 'credence_versions{state="serving"} 2' in server.get("/metrics").text
    missing = server.post("/v1/predict", content=PNG, params={"version": "best"})
    assert missing.status_code == 404 and "it has: newest, stable" in missing.json()["detail"]
    assert server.post("/v1/predict", content=PNG, params={"version": "0"}).status_code == 400
    with Load(server, version="stable") as load:
        file.write_text(json.dumps({"schema": 1, "labels": {"stable": 2}}))
        until(lambda: answers(server, version="stable") == 2, "the label has moved")
        file.write_text('{"labels": {"stable": 1}, "lables": {}}')  # keeps the last good ones
        until(lambda: states(server)[1] == ("unloaded", ""), "nobody wants version 1")
        assert answers(server, version="stable") == 2
    assert {status for status, _ in load.seen} == {200}
    assert server.stop() == 0
    assert any("lables" in line for line in server.lines)


def test_version_numbers(start, tmp_path):
    for folder in ("0003", "3", "20", "9223372036854775807"):
        shutil.copytree(MODELS / "grey", tmp_path / "grey" / folder)
    server = start("--models", tmp_path, "--versions", "all")
    assert set(states(server)) == {3, 20, 2**63 - 1}
    assert answers(server) == 2**63 - 1
    assert answers(server, version="003") == 3
    assert server.stop() == 0
    assert any("0003 is passed over: 3 is version 3, too" in line for line in server.lines)


def test_readiness_for_each_predictor_and_for_all(start, models):
    break_into(models / "numbers/1")
    server = start("--models", models, "--default", "grey")
    assert server.get("/readyz").json()["status"] == "ready"
    assert server.get("/v1/predictors/grey/ready").json() == {"status": "ready", "name": "grey", "version": 1}
    other = server.get("/v1/predictors/numbers/ready")
    assert other.status_code == 503 and other.headers["retry-after"]
    assert other.json()["reason"].startswith("version 1 was refused: ")
    assert server.get("/v1/predictors/none/ready").status_code == 404
    server.stop()
    strict = started(start("--models", models, "--default", "grey", "--ready-when", "all", wait=False))
    answer = strict.get("/readyz")
    assert answer.status_code == 503 and answer.json()["reason"].startswith("numbers: version 1 was refused")


def started(server):
    """Waits for a server that has started without being ready."""
    for line in server.process.stderr:
        server.lines.append(line)
        match = re.search(r'"message":"started, not ready".*127\.0\.0\.1:(\d+)', line)
        if match:
            server.port = int(match.group(1))
            server.client = httpx.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=60)
            return server
    raise AssertionError("the server ended: " + "".join(server.lines))


def test_an_empty_folder_is_waited_for_when_asked(start, tmp_path):
    (tmp_path / "models").mkdir()
    alone = run("serve", "--models", tmp_path / "models", "--port", "0")
    assert alone.returncode == 1 and b"holds no model" in alone.stderr
    nowhere = run("serve", "--models", tmp_path / "nowhere", "--port", "0", "--wait-for-models")
    assert nowhere.returncode == 1 and b"there is no" in nowhere.stderr
    server = started(start("--models", tmp_path / "models", "--wait-for-models", "--poll-ms", "50", wait=False))
    assert server.get("/readyz").status_code == 503
    shutil.copytree(MODELS / "grey", tmp_path / "models/grey/1")
    until(lambda: server.get("/readyz").status_code == 200, "the first model makes it ready")
    assert answers(server) == 1


def test_sigterm_while_40_models_load_ends_it_soon(start, tmp_path):
    for i in range(40):
        shutil.copytree(MODELS / "grey", tmp_path / f"grey{i}/1")
    server = start("--models", tmp_path, wait=False)
    for line in server.process.stderr:
        server.lines.append(line)
        if "version serves" in line:
            break
    begin = time.monotonic()
    assert server.stop() == 0
    # A second for what users run; a build with sanitizers takes longer for the one load that it ends.
    assert time.monotonic() - begin < (1 if "release" in os.environ.get("CREDENCE_BINARY", "release") else 15)
    assert sum("version serves" in line for line in server.lines) < 40
