"""Makes the sample pictures of the page, src/web/static/sample-*.jpg: python3 tools/make_samples.py CREDENCE

The digits are drawn by `credence data make digits`; the sheet, the letter and the two digits one over the other
are made here. Needs Pillow and numpy.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

OUT = pathlib.Path(__file__).resolve().parents[1] / "src/web/static"
SIDE = 200


def drawn(binary, folder, style, seed):
    """digit -> pictures of it."""
    subprocess.run([binary, "data", "make", "digits", "--count", "60", "--test", "0", "--seed", str(seed),
                    "--style", style, "--side", str(SIDE), "--format", "folders", "--out", folder],
                   check=True, capture_output=True)
    return {d: sorted((folder / "train" / str(d)).glob("*.png")) for d in range(10)}


def most_ordinary(binary, digit, files):
    """The picture that is read right, reliably and with the highest familiarity."""
    done = subprocess.run([binary, "predict", "--json", *files], check=True, capture_output=True, text=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    right = [(a["familiarity"], str(f)) for a, f in zip(answers, files, strict=True)
             if a["verdict"] == "reliable" and a["label"] == str(digit)]
    return max(right)[1]


def paper():
    """An empty sheet: paper tone, uneven light, grain."""
    y, x = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    light = 232 - 22 * x - 14 * y + np.random.default_rng(7).normal(0, 2.0, (SIDE, SIDE))
    return np.clip(light[..., None] * np.array([1.0, 0.99, 0.95]), 0, 255)


def on_paper(ink):
    """`ink`: 0..1, SIDE x SIDE."""
    page = paper()
    return Image.fromarray((page * (1 - 0.85 * ink[..., None])).astype(np.uint8))


def letter():
    sheet = Image.new("L", (SIDE, SIDE))
    pen = ImageDraw.Draw(sheet)
    for stroke in ([(62, 160), (66, 100), (64, 42)], [(64, 44), (112, 40), (132, 62), (118, 92), (66, 102)],
                   [(88, 102), (112, 132), (142, 162)]):
        pen.line(stroke, 255, 13, joint="curve")
        for x, y in (stroke[0], stroke[-1]):
            pen.ellipse((x - 6, y - 6, x + 6, y + 6), 255)
    return on_paper(np.asarray(sheet.filter(ImageFilter.GaussianBlur(1))) / 255)


def main():
    binary = sys.argv[1]
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        photos = drawn(binary, scratch / "paper", "paper", 11)
        plain = drawn(binary, scratch / "mnist", "mnist", 12)
        pictures = {str(d): Image.open(most_ordinary(binary, d, photos[d])) for d in (2, 3, 5, 7, 9)}
        both = np.maximum(*(np.asarray(Image.open(plain[d][0])) for d in (4, 8)))
        pictures["two"] = on_paper(both / 255)
    pictures["blank"] = Image.fromarray(paper().astype(np.uint8))
    pictures["letter"] = letter()
    for name, picture in pictures.items():
        picture.save(OUT / f"sample-{name}.jpg", quality=80, optimize=True)


if __name__ == "__main__":
    main()
