"""Small labelled pictures, and the real `credence train` on them."""
import os
import pathlib
import re
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageDraw

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CREDENCE_BINARY", str(ROOT / "build/train/src/cli/credence"))
SHARED = pathlib.Path(os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared"))
SIGNS = ("bar", "disc", "post")
COLOURS = {"blue": (40, 60, 220), "green": (30, 150, 40), "red": (190, 50, 40)}


def sign(label, random, side=16):
    """A light sign on black: a lying bar, a disc or a post, anywhere near the middle."""
    page = Image.new("L", (side, side))
    x, y = side / 2 + random.uniform(-2, 2, 2)
    long, short = random.uniform(4, 6), random.uniform(1, 2)
    half = {"bar": (long, short), "disc": (long - 1, long - 1), "post": (short, long)}[label]
    draw = ImageDraw.Draw(page)
    (draw.ellipse if label == "disc" else draw.rectangle)(
        (x - half[0], y - half[1], x + half[0], y + half[1]), fill=int(random.integers(150, 256)))
    return page


def patch(label, random, side=16):
    """A noisy page of one colour; the three are equally bright, so that grey could not tell them."""
    page = np.array(COLOURS[label]) + random.normal(0, 20, (side, side, 3))
    return Image.fromarray(page.clip(0, 255).astype(np.uint8))


def write_folders(folder, draw, labels, each=60, seed=1):
    """FOLDER/LABEL/NUMBER.png."""
    random = np.random.default_rng(seed)
    for label in labels:
        (folder / label).mkdir(parents=True)
        for number in range(each):
            draw(label, random).save(folder / label / f"{number}.png")
    return folder


def write_csv(folder, draw, labels, each=60, seed=1):
    """FOLDER/rows.csv, and the pictures beside it; returns the CSV."""
    random = np.random.default_rng(seed)
    folder.mkdir()
    lines = ["file,label"]
    for number in range(each * len(labels)):
        label = labels[number % len(labels)]
        draw(label, random).save(folder / f"{number}.png")
        lines.append(f"{number}.png,{label}")
    (folder / "rows.csv").write_text("\n".join(lines) + "\n")
    return folder / "rows.csv"


@pytest.fixture(scope="session")
def signs(tmp_path_factory):
    return write_folders(tmp_path_factory.mktemp("data") / "signs", sign, SIGNS)


def command(*arguments):
    return [BINARY, "train", *map(str, arguments)]


def train(*arguments):
    return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=300)


def trained(*arguments):
    """Trains; returns the folder of the version that was written."""
    done = train(*arguments)
    assert done.returncode == 0, done.stderr
    return pathlib.Path(re.search(r"^version +(.+)$", done.stdout, re.M)[1])
