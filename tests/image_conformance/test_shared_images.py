"""The decoder test files of ../shared/images: `valid` agrees with Pillow, `invalid` is refused,
`either` and `bombs` neither crash nor hang nor take much memory.

Tolerance: one level. Where Pillow and this project's rules differ, expected() computes what the
rules say: 16 bit -> 8 bit is round(v / 257) (Pillow keeps the high byte of colours and clips
grey); the transparent grey of a PNG of 1, 2 or 4 bits is a stored value (Pillow compares it with
the level scaled to 255); orientation is Exif's (Pillow also obeys XMP).
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

UNSUPPORTED = (".ico", ".jp2", ".pcx", ".tga", ".qoi")
# Valid files of a supported format that are refused, and what is said.
REFUSED = {
    "valid/gif/pillow__issue_2811.gif": "GIF: ",  # giflib reads LZW codes of at most 8 bits
    # Pillow decodes these to something; what is missing in them is guessed.
    "valid/jpeg/jpeg-decoder__partial_progressive.jpg": "premature end of data",
    "valid/jpeg/jpeg-decoder__progressive-missing-dc.jpg": "Inconsistent progression",
    # Neither Pillow nor libjpeg-turbo 2.1 reads 12 bit or lossless JPEG.
    "valid/jpeg/libjpeg-turbo__monkey12.jpg": "data precision 12",
}
LOSSLESS_JPEG = "valid/jpeg/jpeg-decoder__lossless__"

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
    depth = path.read_bytes()[24] if image.format == "PNG" else 8
    for xmp in ("xmp", "XML:com.adobe.xmp"):
        image.info.pop(xmp, None)
    image = ImageOps.exif_transpose(image)
    if depth < 8 and image.mode in ("1", "L") and "transparency" in image.info:
        image = image.convert("L")
        level_max = 2**depth - 1
        image.info["transparency"] = (image.info["transparency"] & level_max) * 255 // level_max
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
    if file.endswith(UNSUPPORTED):
        assert words[0] == "unsupported_format", words
        return
    if file in REFUSED or file.startswith(LOSSLESS_JPEG):
        assert words[0] in ("invalid_image", "unsupported_format")
        assert REFUSED.get(file, "SOF type 0xc3") in " ".join(words)
        return
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
    words, _ = dump(SHARED / file)
    microseconds, peak_kib = map(int, words[6:8] if words[0] == "ok" else words[1:3])
    assert microseconds < 100_000
    assert peak_kib < 16 * 1024
