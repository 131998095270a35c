"""The commands that README.md shows, run as they stand."""
import os
import re
import shlex
import shutil
import struct
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from conftest import BINARY, ROOT

SKIPPED = {"./dev serve", "./dev test"}  # they install packages and build; CI runs the second itself


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
    """What the commands expect to find: 7.png, digits, and a small mnist."""
    folder = tmp_path_factory.mktemp("readme")
    Image.fromarray(255 - printed_digit(7, 0)).resize((320, 240)).convert("RGB").save(folder / "7.png")
    shutil.copytree(ROOT / "predictors/digits", folder / "digits")
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
    assert first_words == {"./dev", "curl", "credence"}
    assert SKIPPED <= set(readme_commands())


def test_commands_of_the_readme_succeed(folder, start):
    server = start()
    for command in readme_commands():
        if command in SKIPPED:
            continue
        words = shlex.split(command.replace("localhost:8080", f"127.0.0.1:{server.port}"))
        words[0] = BINARY if words[0] == "credence" else words[0]
        environment = {k: v for k, v in os.environ.items() if k not in ("http_proxy", "HTTP_PROXY")}
        done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True,
                              timeout=120)
        assert done.returncode == 0, command + "\n" + done.stdout + done.stderr
