"""`credence serve` without --models: the bundled digits, with verdicts."""
import hashlib
import json

import numpy as np
import pytest
import yaml
from PIL import Image, ImageDraw

from conftest import ROOT, encoded


@pytest.fixture(scope="module")
def digits():
    from conftest import Server
    server = Server()
    yield server
    assert server.stop() == 0, "".join(server.lines)


def drawn(shape, size=(320, 240), ink="black", paper="white"):
    canvas = Image.new("RGB", size, paper)
    pen = ImageDraw.Draw(canvas)
    if shape == "0":
        pen.ellipse((120, 60, 200, 190), outline=ink, width=14)
    elif shape == "1":
        pen.line((160, 50, 160, 190), fill=ink, width=14)
    elif shape == "7":
        pen.line((110, 60, 200, 60, 140, 190), fill=ink, width=14, joint="curve")
    return np.asarray(canvas)


@pytest.mark.parametrize("shape", ["0", "1", "7"])
@pytest.mark.parametrize("ink, paper", [("black", "white"), ("white", "black"), ("#203060", "#e8e0d0")])
def test_a_drawn_digit_is_read_whatever_ink_and_paper(digits, shape, ink, paper):
    body = digits.post("/v1/predict", content=encoded(drawn(shape, ink=ink, paper=paper))).json()
    assert body["label"] == shape
    assert body["verdict"] in ("reliable", "uncertain")
    assert 0 < body["familiarity"] <= 1 and body["confidence"] > 0.5 and shape in body["predictionSet"]


def test_a_blank_page_is_unfamiliar(digits):
    body = digits.post("/v1/predict", content=encoded(drawn("none"))).json()
    assert body["verdict"] == "unfamiliar"
    assert body["reasons"][0]["code"] == "blank" and body["reasons"][0]["text"]


@pytest.mark.parametrize("shapes", ["71", "07", "170"])
def test_several_digits_are_never_reliable(digits, shapes):
    page = np.concatenate([drawn(shape) for shape in shapes], axis=1)
    body = digits.post("/v1/predict", content=encoded(page)).json()
    assert body["verdict"] in ("uncertain", "unfamiliar")
    assert "several_objects" in [r["code"] for r in body["reasons"]]
    boxes = [a["box"] for a in body["adaptations"] if a["step"] in ("frame", "left_out")]
    assert sorted(box[0] // 320 for box in boxes) == list(range(len(shapes)))


def small_canvas(shape, side, left, top):
    """28 x 28, light on black, as a web page scales its canvas: the drawing is `side` px high."""
    grey = Image.fromarray(drawn(shape, ink="white", paper="black")).convert("L").crop((90, 45, 230, 205))
    canvas = Image.new("L", (28, 28))
    canvas.paste(grey.resize((side * 140 // 160, side), Image.Resampling.BOX), (left, top))
    return np.asarray(canvas)


@pytest.mark.parametrize("side, left, top", [(13, 0, 0), (12, 16, 15), (22, 7, 0)])
@pytest.mark.parametrize("shape", ["0", "7"])
def test_a_digit_out_of_place_on_a_small_canvas_is_framed(digits, shape, side, left, top):
    body = digits.post("/v1/predict", content=encoded(small_canvas(shape, side, left, top))).json()
    assert body["label"] == shape and body["verdict"] in ("reliable", "uncertain")
    assert "frame" in [a["step"] for a in body["adaptations"]]


def test_a_digit_in_its_place_on_a_small_canvas_is_untouched(digits):
    body = digits.post("/v1/predict", content=encoded(small_canvas("0", 25, 3, 2))).json()
    assert body["label"] == "0" and [a["step"] for a in body["adaptations"]] == ["decode"]


def test_a_strip_is_never_reliable(digits):
    strip = np.full((12, 241), 255, np.uint8)
    strip[2:10, 100:102] = 0
    body = digits.post("/v1/predict", content=encoded(strip)).json()
    assert body["verdict"] != "reliable" and "elongated" in [r["code"] for r in body["reasons"]]


def test_noise_is_unfamiliar(digits):
    noise = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(np.uint8)
    body = digits.post("/v1/predict", content=encoded(noise)).json()
    assert body["verdict"] == "unfamiliar" and body["reasons"]


def digit(ink=255.0):
    """A drawn 7 as 28 x 28 numbers, 0 to `ink`."""
    grey = Image.fromarray(drawn("7", ink="white", paper="black")).convert("L").crop((40, 0, 280, 240))
    return np.asarray(grey.resize((28, 28)), float) * (ink / 255)


@pytest.mark.parametrize("path", ["/v1/predict", "/predict"])
@pytest.mark.parametrize("ink, range", [(1, "0..1"), (255, "0..255")])
def test_numbers_in_either_known_range_are_one_picture(digits, path, ink, range):
    body = digits.post(path, json={"image": digit(ink).tolist()}).json()
    assert body["label"] == "7" and body["verdict"] in ("reliable", "uncertain")
    assert body["adaptations"][0]["range"] == range


@pytest.mark.parametrize("path", ["/v1/predict", "/predict"])
@pytest.mark.parametrize("low, high", [(-1, 1), (0, 16), (0, 65535), (-0.42, 2.82), (0, 1 / 255)])
def test_numbers_in_no_known_range_are_unfamiliar_and_told_so(digits, path, low, high):
    answer = digits.post(path, json={"image": (digit(high - low) + low).tolist()})
    body = answer.json()
    assert answer.status_code == 200 and body["verdict"] == "unfamiliar"
    assert body["adaptations"][0]["range"] == "none"
    reason = next(r for r in body["reasons"] if r["code"] == "value_range")
    assert f"from {low} to {high:.6g}" in reason["text"] and "takes 0..1 or 0..255" in reason["text"]


def test_the_predictor_shows_its_profile(digits):
    reliability = digits.get("/v1/predictor").json()["reliability"]
    assert reliability["rowsCertified"] == 2500 and 0 < reliability["risk"] <= 0.1


def test_a_damaged_profile_is_refused_with_the_reason(start, tmp_path):
    import shutil
    shutil.copytree(ROOT / "predictors/digits", tmp_path / "digits")
    profile = tmp_path / "digits/1/assets.extra/credence/reliability.profile"
    whole = profile.read_bytes()
    profile.write_bytes(whole[: len(whole) // 2])
    refused = start("--models", tmp_path, wait=False)
    assert refused.process.wait(60) == 1
    assert "reliability.profile" in refused.process.stderr.read()
    server = start("--models", tmp_path, "--allow-unassessed")
    assert "without reliability" in server.get("/readyz").json()["warnings"][0]["reason"]
    assert server.post("/v1/predict", content=encoded(drawn("1"))).json()["verdict"] == "unassessed"


def md5(data):
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_the_bundle_is_what_the_pipeline_made():
    """dvc.lock has the digests of the bundled version and of both reports: none was changed by hand afterwards."""
    stages = yaml.safe_load((ROOT / "dvc.lock").read_text())["stages"]
    made = {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}
    files = sorted(file for file in (ROOT / "predictors/digits").rglob("*") if file.is_file())
    folder = [{"md5": md5(file.read_bytes()), "relpath": str(file.relative_to(ROOT / "predictors"))} for file in files]
    assert len(files) == 8
    # How DVC sums up a folder: the digest of this list as JSON.
    listed = json.dumps(sorted(folder, key=lambda entry: entry["relpath"]), sort_keys=True)
    assert made["pipeline/models"] == md5(listed.encode()) + ".dir"
    for report in ("pipeline/calibration.json", "pipeline/report.json"):
        assert made[report] == md5((ROOT / report).read_bytes())
