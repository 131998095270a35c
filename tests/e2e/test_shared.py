"""The production models and the shared pictures, where they are there."""
import csv

import pytest

from conftest import SHARED, encoded

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there")
PRODUCTION = ("mnist_cnn", "mnist_dropout", "mnist_model")


@pytest.fixture(scope="module")
def production():
    from conftest import Server
    server = Server("--models", SHARED / "models/production", "--default", "mnist_cnn")
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.mark.parametrize("name", PRODUCTION)
def test_the_users_own_requests(production, name):
    for path in sorted((SHARED / "images/requests").iterdir()):
        with path.open("rb") as file:
            answer = production.post("/v1/predict", params={"predictor": name}, files={"file": file})
        assert answer.status_code == 200, (path, answer.text)
        body = answer.json()
        assert body["predictorName"] == name
        assert len(body["prediction"]) == len(body["uncertainty"]) == 10
        assert sum(body["prediction"]) == pytest.approx(1, abs=1e-4)


# Why each is refused stands in tests/image_conformance/test_shared_images.py.
KNOWN_REFUSALS = {"valid/gif/pillow__issue_2811.gif", "valid/jpeg/jpeg-decoder__partial_progressive.jpg",
                  "valid/jpeg/jpeg-decoder__progressive-missing-dc.jpg"}


def manifest(name):
    path = SHARED / "images" / name
    return list(csv.DictReader(path.open())) if path.is_file() else []


def test_every_shared_picture_behaves_as_its_manifest_says(production):
    wrong, seen = [], 0
    for row in manifest("manifest.csv") + manifest("made_manifest.csv"):
        path = SHARED / "images" / row["file"]
        if not path.is_file():
            continue
        answer = production.post("/v1/predict", content=path.read_bytes())
        kind, seen = row["file"].split("/")[0], seen + 1
        if row["file"] in KNOWN_REFUSALS:
            kind = "invalid"
        expected = {"valid": (200, 415), "invalid": (400, 413, 415, 422)}.get(kind, (200, 400, 413, 415, 422))
        if answer.status_code not in expected:
            wrong.append((row["file"], answer.status_code, answer.text[:200]))
    assert seen > 100 and wrong == []
