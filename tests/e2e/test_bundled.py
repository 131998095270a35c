"""`credence serve` without --models: the bundled digits, with verdicts."""
import numpy as np
import pytest
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


def test_noise_is_unfamiliar(digits):
    noise = np.random.default_rng(1).integers(0, 256, (28, 28)).astype(np.uint8)
    body = digits.post("/v1/predict", content=encoded(noise)).json()
    assert body["verdict"] == "unfamiliar" and body["reasons"]


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
