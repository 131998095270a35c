"""Starts the real `credence` on an ephemeral port and gives tests a real client."""
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import types

import httpx
import numpy as np
import pytest
from PIL import Image

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CREDENCE_BINARY", str(ROOT / "build/release/src/cli/credence"))
SHARED = pathlib.Path(os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared"))
MODELS = ROOT / "src/model/testdata"
# Many servers run at once, and only those that say so have gRPC.
os.environ.setdefault("CREDENCE_GRPC_PORT", "0")


class Server:
    """A running server; `stop` returns its exit status."""

    def __init__(self, *arguments, wait=True, access_log=None, port=0, deadline_ms=20_000):
        self.access_log = access_log
        self.process = subprocess.Popen(
            [BINARY, "serve", "--port", str(port), "--address", "127.0.0.1", "--io-threads", "2",
             "--compute-threads", "1", "--deadline-ms", str(deadline_ms),
             "--access-log", str(access_log or "off"), "--log-format", "json", *map(str, arguments)],
            stderr=subprocess.PIPE, text=True)
        self.lines = []
        self.port = self.admin = self.grpc_port = None
        if wait:
            self.wait_ready()

    def wait_ready(self):
        for line in self.process.stderr:
            self.lines.append(line)
            match = re.search(r'"message":"admin endpoints","url":"([^"]+)"', line)
            if match:
                self.admin = httpx.Client(base_url=match.group(1), timeout=60)
            match = re.search(r'"message":"gRPC","address":"127\.0\.0\.1:(\d+)"', line)
            if match:
                self.grpc_port = int(match.group(1))
            match = re.search(r'"message":"ready".*127\.0\.0\.1:(\d+)', line)
            if match:
                self.port = int(match.group(1))
                self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60)
                return
        told = "".join(self.lines)
        if "this build has no gRPC" in told:  # CREDENCE_GRPC is off, and the test asked for it
            pytest.skip("this build has no gRPC")
        raise RuntimeError("the server ended: " + told)

    def stop(self, how=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(how)
        rest = self.process.communicate(timeout=60)[1]
        self.lines += rest.splitlines(True)
        return self.process.returncode

    def __getattr__(self, name):  # get, post, …
        return getattr(self.__dict__["client"], name)


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    """A repository of small real SavedModels: grey (float 0..1), rgb_uint8, dropout (random)."""
    folder = tmp_path_factory.mktemp("models")
    for name, version in (("grey", 3), ("rgb_uint8", 1), ("dropout", 1)):
        shutil.copytree(MODELS / name, folder / name / str(version))
    return folder


@pytest.fixture(scope="session")
def server(models, tmp_path_factory):
    server = Server("--models", models, "--default", "grey",
                    access_log=tmp_path_factory.mktemp("log") / "access.log")
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.fixture
def start():
    servers = []

    def start(*arguments, **options):
        servers.append(Server(*arguments, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop(signal.SIGKILL)


@pytest.fixture(scope="session")
def drawn_digits(tmp_path_factory):
    """Digits that Credence drew, and the bundled model calibrated on them: it keeps some, the bundle none.

    `models` is the repository; `others` are the files of pictures that it was not calibrated on, the split
    t10k of the data set `pictures`.
    """
    folder = tmp_path_factory.mktemp("drawn_digits")
    made = run("data", "make", "digits", "--count", "800", "--test", "200", "--seed", "5",
               "--format", "folders", "--out", folder / "pictures")
    assert made.returncode == 0, made.stderr
    shutil.copytree(ROOT / "predictors/digits", folder / "models/digits")
    done = run("calibrate", "--model", folder / "models", "--data", folder / "pictures", "--split", "train")
    assert done.returncode == 0, done.stderr
    return types.SimpleNamespace(models=folder / "models", pictures=folder / "pictures",
                                 others=sorted((folder / "pictures/t10k").rglob("*.png")))


def run(*arguments, stdin=None):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, input=stdin, timeout=120)


def picture(height=28, width=28, channels=1, seed=0):
    """A seeded picture as an array."""
    shape = (height, width) if channels == 1 else (height, width, channels)
    return np.random.default_rng(seed).integers(0, 256, shape).astype(np.uint8)


def encoded(array, format="png", **options):
    out = io.BytesIO()
    Image.fromarray(array).save(out, format, **options)
    return out.getvalue()


def load(text):
    return json.loads(text)
