"""A version is tried in a process of its own: what happens to that process is refused, and the server serves on."""
import os
import shutil
import signal
import threading
import time

import pytest
from conftest import MODELS, encoded, picture
from test_versions import until


def children(process):
    found = []
    for task in os.listdir(f"/proc/{process.pid}/task"):
        try:
            with open(f"/proc/{process.pid}/task/{task}/children") as file:
                found += map(int, file.read().split())
        except FileNotFoundError:
            pass
    return found


def tries(child):
    """Whether it is the program that tries a version by now: until then the server's thread waits for it."""
    try:
        with open(f"/proc/{child}/cmdline", "rb") as file:
            return b"try-load" in file.read()
    except (FileNotFoundError, ProcessLookupError):
        return False


def trial(server):
    """Waits for the process that tries a version, and stops it there."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        for child in filter(tries, children(server.process)):
            os.kill(child, signal.SIGSTOP)
            return child
    raise AssertionError("nobody tries the version")


def gone(child):
    """Or a zombie, which whoever is init now has not noticed."""
    try:
        with open(f"/proc/{child}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


@pytest.fixture
def server(start, tmp_path):
    """Serves `grey`; a second version comes."""
    models = tmp_path / "models"
    shutil.copytree(MODELS / "grey", models / "grey/1")
    server = start("--models", models, "--poll-ms", "50")
    shutil.copytree(MODELS / "grey", models / "grey/2")
    return server


def versions(server):
    return {one["version"]: one for one in server.get("/v1/predictors").json()["predictors"]}


def test_a_crash_refuses_the_version_and_not_the_server(server):
    child = trial(server)
    os.kill(child, signal.SIGABRT)
    os.kill(child, signal.SIGCONT)
    until(lambda: versions(server).get(2, {}).get("state") == "refused", "a refusal")
    assert "the engine crashed on it: signal 6" in versions(server)[2]["reason"]
    answer = server.post("/v1/predict", content=encoded(picture(8, 8)))
    assert answer.status_code == 200 and answer.json()["predictorVersion"] == 1
    assert any("signal 6" in w["reason"] for w in server.get("/readyz").json()["warnings"])


def test_requests_are_answered_and_sigterm_obeyed_while_it_hangs(server):
    child = trial(server)
    assert server.post("/v1/predict", content=encoded(picture(8, 8))).status_code == 200
    assert server.stop() == 0
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_it_ends_with_the_server(server):
    child = trial(server)
    server.process.kill()
    server.process.wait()
    try:
        os.kill(child, signal.SIGCONT)  # it may have been stopped before it could ask to be killed
    except ProcessLookupError:
        return
    until(lambda: gone(child), "the end of the child")


def test_what_passed_is_not_tried_again(start, tmp_path):
    shutil.copytree(MODELS / "grey", tmp_path / "models/grey/1")
    server = start("--models", tmp_path / "models", "--poll-ms", "0", "--admin-port", "0")
    seen, done = [], threading.Event()

    def watch():
        while not done.is_set():
            seen.extend(children(server.process))
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        before = len([line for line in server.lines if "serves" in line])
        assert server.admin.post("/v1/admin/predictors/grey/reload").status_code in (200, 202)
        for line in server.process.stderr:
            server.lines.append(line)
            if '"version serves anew"' in line:
                break
    finally:
        done.set()
        watcher.join()
    assert before == 1 and not seen
