"""The commands that README.md shows, run as they stand."""
import json
import os
import re
import shutil
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from conftest import BINARY, ROOT

# They install packages, build, or need a container engine or the internet; CI runs ./dev test itself.
SKIPPED = {"./dev serve", "./dev test", "docker build -t credence .", "credence data fetch mnist",
           "docker run --rm --read-only --cap-drop all -p 8080:8080 credence"}


def readme_commands():
    blocks = re.findall(r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines() if line]


def printed_digit(label, seed):
    """A printed digit, light on black, about as MNIST's are framed."""
    random = np.random.default_rng(seed)
    page = Image.new("L", (28, 28))
    at = 14 + random.uniform(-1.5, 1.5, 2)
    ImageDraw.Draw(page).text(tuple(at), str(label), 255, ImageFont.load_default(24), anchor="mm",
                              stroke_width=int(random.integers(0, 2)))
    return np.asarray(page.rotate(random.uniform(-12, 12), Image.Resampling.BILINEAR))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The parts of a clone that the commands name, the program where a build puts it, and a small mnist."""
    folder = tmp_path_factory.mktemp("readme")
    (folder / "docs").mkdir()
    shutil.copy(ROOT / "docs/7.png", folder / "docs")
    shutil.copytree(ROOT / "predictors", folder / "predictors")
    (folder / "build/release/src/cli").mkdir(parents=True)
    (folder / "build/release/src/cli/credence").symlink_to(BINARY)
    labels = np.arange(600, dtype=np.uint8) // 2 % 10
    pictures = np.stack([printed_digit(label, i) for i, label in enumerate(labels)])
    (folder / "mnist").mkdir()
    (folder / "mnist/t10k-images-idx3-ubyte").write_bytes(
        struct.pack(">4I", 0x803, len(labels), 28, 28) + pictures.tobytes())
    (folder / "mnist/t10k-labels-idx1-ubyte").write_bytes(
        struct.pack(">2I", 0x801, len(labels)) + labels.tobytes())
    return folder


def test_the_readme_shows_the_verbs():
    first_words = {command.split()[0] for command in readme_commands()}
    assert first_words == {"./dev", "curl", "credence", "docker", "cp", "export"}
    assert SKIPPED <= set(readme_commands())


def test_commands_of_the_readme_succeed(folder, start):
    server = start()
    environment = {k: v for k, v in os.environ.items() if k not in ("http_proxy", "HTTP_PROXY")}
    exported = ""
    for command in readme_commands():
        if command in SKIPPED:
            continue
        if command.startswith("export "):
            exported = command + "\n"
            continue
        typed = command.replace("localhost:8080", f"127.0.0.1:{server.port}")
        done = subprocess.run(["bash", "-c", exported + typed], cwd=folder, env=environment, capture_output=True,
                              text=True, timeout=120)
        assert done.returncode == 0, command + "\n" + done.stdout + done.stderr
        if command.startswith("curl"):
            assert json.loads(done.stdout)["label"] == "7" and json.loads(done.stdout)["verdict"] == "reliable"
