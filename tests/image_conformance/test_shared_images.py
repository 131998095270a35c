"""The decoder test files of ../shared/images: `valid` agrees with Pillow, `invalid` is refused,
`either` and `bombs` neither crash nor hang nor take much memory.

Where Pillow and this project's rules differ, EXPECTED below computes what the rules say:
16 bit -> 8 bit is round(v / 257) (Pillow cuts RGB to the high byte, and clips grey at 255).
"""

import csv
import os
import pathlib
import subprocess

import numpy as np
import pytest
from PIL import Image, ImageOps

Image.MAX_IMAGE_PIXELS = None
ROOT = pathlib.Path(__file__).resolve().parents[2]
SHARED = pathlib.Path(os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared")) / "images"
DUMP = os.environ.get("DECODE_DUMP", str(ROOT / "build/dev/tests/image_conformance/decode_dump"))
MANIFESTS = ["manifest.csv", "made_manifest.csv", "valid/digits_encoded/manifest.csv"]

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no {SHARED}: nothing to compare with")


def files(kind):
    """The files of one kind that the manifests name, relative to SHARED."""
    if not SHARED.is_dir():
        return []
    rows = [r["file"] for m in MANIFESTS for r in csv.DictReader(open(SHARED / m))]
    return sorted({f for f in rows if f.startswith(kind + "/")})


def dump(file, *options):
    """(first line split into words, pixels or None) of decode_dump; fails if it crashes or hangs."""
    run = subprocess.run([DUMP, *options, file], capture_output=True, timeout=60)
    assert run.returncode == 0, run.stderr.decode(errors="replace")[:4000]
    line, _, rest = run.stdout.partition(b"\n")
    words = line.decode(errors="replace").split(" ")
    if words[0] != "ok":
        return words, None
    width, height, channels = map(int, words[2:5])
    return words, np.frombuffer(rest, np.uint8).reshape(height, width, channels)


def rgba(pixels):
    """Any number of channels -> RGBA."""
    channels = pixels.shape[2]
    alpha = pixels[:, :, -1:] if channels in (2, 4) else np.full_like(pixels[:, :, :1], 255)
    color = pixels[:, :, :1].repeat(3, 2) if channels <= 2 else pixels[:, :, :3]
    return np.concatenate([color, alpha], 2).astype(int)


def expected(path):
    """Pillow's picture as RGBA."""
    image = Image.open(path)
    image.load()
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        stored = np.asarray(image).astype(np.int64)
        levels = ((stored + 128) // 257).astype(np.uint8)[:, :, None]
        result = rgba(levels)
        if "transparency" in image.info:
            result[:, :, 3] = np.where(stored == image.info["transparency"], 0, 255)
        return result
    return np.asarray(image.convert("RGBA")).astype(int)


def difference(ours, theirs):
    """Largest difference of a level, colours only where the pixel is not wholly transparent."""
    assert ours.shape == theirs.shape
    gap = np.abs(ours - theirs)
    seen = np.maximum(ours[:, :, 3], theirs[:, :, 3]) > 0
    return max(gap[:, :, 3].max(), gap[seen].max() if seen.any() else 0)


@pytest.mark.parametrize("file", files("valid"))
def test_valid_agrees_with_pillow(file):
    words, pixels = dump(SHARED / file)
    assert words[0] == "ok", words
    assert difference(rgba(pixels), expected(SHARED / file)) <= 1


@pytest.mark.parametrize("file", files("invalid"))
def test_invalid_is_refused(file):
    words, _ = dump(SHARED / file)
    assert words[0] in ("invalid_image", "unsupported_format", "too_large")


@pytest.mark.parametrize("file", files("either"))
def test_either_answers(file):
    dump(SHARED / file)


@pytest.mark.parametrize("file", files("bombs"))
def test_bombs_cost_little(file):
    with subprocess.Popen([DUMP, SHARED / file], stdout=subprocess.PIPE) as process:
        line = process.stdout.readline().decode(errors="replace").split(" ")
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = status
    assert status == 0
    microseconds = int(line[6] if line[0] == "ok" else line[1])
    assert microseconds < 100_000
    assert usage.ru_maxrss < 100 * 1024  # KiB, with the sanitizers' own share
