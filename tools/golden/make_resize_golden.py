"""Writes src/image/testdata/resize_golden.json: what Pillow makes of small pictures.

Run from the repository's root with Pillow 12 and numpy. The inputs are `noise(size, seed)`, which
the test computes too.
"""

import json
import pathlib

import numpy as np
from PIL import Image

MODES = {1: "L", 3: "RGB"}


def noise(count, seed):
    """The high bytes of a linear congruential generator (Numerical Recipes' constants)."""
    levels = []
    for _ in range(count):
        seed = (seed * 1664525 + 1013904223) % 2**32
        levels.append(seed >> 24)
    return levels


def picture(width, height, channels, seed):
    levels = np.array(noise(width * height * channels, seed), np.uint8)
    shape = (height, width) if channels == 1 else (height, width, channels)
    return Image.fromarray(levels.reshape(shape), MODES[channels])


def resized(width, height, channels, to, box=None):
    seed = width * 1000 + height
    box = box or [0, 0, width, height]
    out = picture(width, height, channels, seed).resize(to, Image.Resampling.BILINEAR, box=box)
    return {"width": width, "height": height, "channels": channels, "seed": seed, "box": box,
            "to": to, "levels": np.asarray(out).ravel().tolist()}


def main():
    golden = {
        "resize": [
            resized(5, 7, 1, (28, 28)),
            resized(28, 28, 1, (28, 28)),
            resized(64, 48, 1, (28, 28)),
            resized(300, 1, 1, (12, 5)),
            resized(1, 300, 1, (5, 12)),
            resized(1, 1, 3, (4, 3)),
            resized(37, 23, 3, (10, 16)),
            resized(200, 150, 3, (9, 9)),
            resized(31, 17, 1, (11, 13), [2.5, 1.25, 28.75, 16.0]),
            resized(4097, 3, 1, (7, 2)),
        ],
        "grey": {"width": 16, "height": 16, "seed": 7,
                 "levels": np.asarray(picture(16, 16, 3, 7).convert("L")).ravel().tolist()},
        "reduce": {"width": 21, "height": 13, "seed": 8, "factor": 4,
                   "levels": np.asarray(picture(21, 13, 1, 8).reduce(4)).ravel().tolist()},
        "composite": composite(),
    }
    path = pathlib.Path("src/image/testdata/resize_golden.json")
    path.write_text(json.dumps(golden, separators=(",", ":")) + "\n")


def composite():
    levels = np.array(noise(8 * 8 * 4, 9), np.uint8).reshape(8, 8, 4)
    levels[..., :3] //= 2
    white = Image.new("RGB", (8, 8), (255, 255, 255))
    white.paste(Image.fromarray(levels[..., :3]), mask=Image.fromarray(levels[..., 3]))
    return {"width": 8, "height": 8, "rgba": levels.ravel().tolist(),
            "over_white": np.asarray(white).ravel().tolist()}


if __name__ == "__main__":
    main()
