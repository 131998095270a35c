"""explain=true and golden inputs, on versions that the tests calibrate and on the bundled digits."""
import base64
import hashlib
import io
import json
import shutil
import struct

import jsonschema
import pytest
from PIL import Image

from conftest import MODELS, ROOT, Server, encoded, picture, run
from test_bundled import drawn
from test_calibrate import pictures, predict, write_csv  # noqa: F401  (pictures is a fixture)

CODES = {"decision", "neighbours", "second_opinion", "output", "features", "shape", "image_style"}


@pytest.fixture(scope="module")
def digits(drawn_digits):
    server = Server("--models", drawn_digits.models)
    yield server
    assert server.stop() == 0, "".join(server.lines)


@pytest.fixture
def copy(tmp_path, drawn_digits):
    shutil.copytree(drawn_digits.models / "digits", tmp_path / "digits")
    return tmp_path / "digits/1/assets.extra/credence"


@pytest.fixture(scope="module")
def calibrated(tmp_path_factory, pictures):  # noqa: F811
    """A model without a bundled past, calibrated by the test on 400 pictures."""
    model = tmp_path_factory.mktemp("calibrated") / "grey"
    shutil.copytree(MODELS / "grey", model)
    labels = [a["label"] for a in predict(model, [pictures / f"{i}.png" for i in range(400)])]
    done = run("calibrate", "--model", model, "--data", write_csv(pictures / "explain.csv", labels))
    assert done.returncode == 0, done.stderr
    return model


def explained(server, body):
    answer = server.post("/v1/predict?explain=true", content=body).json()
    document = server.get("/openapi.json").json()
    jsonschema.Draft202012Validator({"$ref": "#/components/schemas/Prediction",
                                     "components": document["components"]}).validate(answer)
    return answer["explanation"]


def reseal(path, change):
    """Changes the JSON header of one of our files and gives it a checksum that fits."""
    data = path.read_bytes()[:-32]
    length, = struct.unpack_from("<I", data, 12)
    header = json.loads(data[16:16 + length])
    change(header)
    text = json.dumps(header).encode()
    data = data[:12] + struct.pack("<I", len(text)) + text + data[16 + length:]
    path.write_bytes(data + hashlib.sha256(data).digest())


def refusal(start, models, *flags):
    server = start("--models", models, *flags, wait=False)
    assert server.process.wait(60) == 1
    return server.process.stderr.read()


def test_a_drawn_digit_is_explained(digits):
    explanation = explained(digits, encoded(drawn("7")))
    assert {s["code"] for s in explanation["signals"]} == CODES
    assert all(s["text"].endswith(".") for s in explanation["signals"])
    assert explanation["similarBy"] == "features"
    similar = explanation["similar"]
    assert [s["label"] for s in similar].count("7") >= 2
    assert [s["distance"] for s in similar] == sorted(s["distance"] for s in similar)
    for s in similar:
        assert Image.open(io.BytesIO(base64.b64decode(s["picture"]))).size == (28, 28)


def test_noise_is_explained_as_far_from_everything(digits):
    signals = {s["code"]: s for s in explained(digits, encoded(picture()))["signals"]}
    assert signals["image_style"]["standardised"] < -2.5
    assert signals["image_style"]["text"] == "Brightness, contrast or texture are very unusual."
    assert signals["features"]["standardised"] < -2.5


def test_a_calibration_picture_resembles_itself(digits):
    known = explained(digits, encoded(drawn("1")))["similar"][0]
    again = explained(digits, base64.b64decode(known["picture"]))["similar"][0]
    assert again["picture"] == known["picture"] and again["distance"] == pytest.approx(0, abs=1e-5)


def test_nothing_is_explained_unless_asked(digits, server):
    assert "explanation" not in digits.post("/v1/predict", content=encoded(drawn("7"))).json()
    assert digits.post("/v1/predict?explain=perhaps", content=encoded(drawn("7"))).status_code == 400
    unassessed = server.post("/v1/predict?explain=true", content=encoded(picture())).json()
    assert unassessed["explanation"] is None


def test_each_of_several_pictures_is_explained(digits):
    files = [("file", encoded(drawn(shape))) for shape in "07"]
    answers = digits.post("/v1/predict?explain=true&view=true", files=files).json()["predictions"]
    assert [a["explanation"]["similar"][0]["label"] for a in answers] == ["0", "7"]


def test_predict_explains_on_the_terminal(tmp_path, drawn_digits):
    path = tmp_path / "7.png"
    path.write_bytes(encoded(drawn("7")))
    text = run("predict", path, "--model", drawn_digits.models, "--explain").stdout.decode()
    assert "why:" in text and "The model's decision is" in text and "most similar known pictures: 7" in text


def test_inspect_tells_what_is_kept(copy):
    text = run("inspect", copy.parents[2]).stdout.decode()
    assert "calibration pictures for explanations, compared by what the model sees" in text
    assert "golden    10 inputs answered as recorded" in text


@pytest.mark.parametrize("name", ["reliability.similar", "golden.inputs"])
def test_a_damaged_file_refuses_the_version(start, copy, name):
    whole = bytearray((copy / name).read_bytes())
    whole[len(whole) // 2] ^= 1
    (copy / name).write_bytes(whole)
    said = refusal(start, copy.parents[2])
    assert name in said and "checksum" in said


def test_a_tampered_golden_answer_refuses_the_version(start, copy):
    reseal(copy / "golden.inputs", lambda header: header["inputs"][2].update(label=11))
    said = refusal(start, copy.parents[2])
    assert "golden.inputs: input 2: class: expected 11, got " in said


def test_golden_inputs_notice_other_weights_without_a_profile(start, copy):
    """Without the profile nothing but the golden inputs knows the model."""
    (copy / "reliability.profile").unlink()
    graph = copy.parents[1] / "saved_model.pb"
    server = start("--models", copy.parents[2])
    assert server.get("/v1/predictor").json()["goldenInputs"] == 10
    server.stop()
    whole = bytearray(graph.read_bytes())
    middle = len(whole) // 2 // 4 * 4
    whole[middle:middle + 100_000] = bytes(100_000)  # a fifth of the weights
    graph.write_bytes(whole)
    said = refusal(start, copy.parents[2])
    assert "golden.inputs: input" in said and "expected" in said


def test_another_input_range_contradicts_the_golden_inputs(start, copy):
    said = refusal(start, copy.parents[2], "--input-range", "0..255")
    assert "golden.inputs: input" in said


def test_files_of_another_profile_are_refused(start, copy):
    reseal(copy / "reliability.similar", lambda header: header.update(profile="0" * 64))
    assert "belongs to another profile" in refusal(start, copy.parents[2])
    server = start("--models", copy.parents[2], "--allow-unassessed")
    assert "reliability.similar" in server.get("/readyz").json()["warnings"][0]["reason"]
    body = server.post("/v1/predict?explain=true", content=encoded(drawn("7"))).json()
    assert body["verdict"] in ("reliable", "uncertain") and body["explanation"]["similar"] == []
    server.stop()
    (copy / "reliability.similar").unlink()
    reseal(copy / "golden.inputs", lambda header: header.update(profile="0" * 64))
    assert "made with another profile" in refusal(start, copy.parents[2])


def test_calibrate_writes_what_the_server_then_uses(calibrated, start):
    kept = {f.name: f.stat().st_size for f in (calibrated / "assets.extra/credence").iterdir()}
    assert set(kept) == {"input.json", "reliability.profile", "reliability.similar", "golden.inputs",
                         "calibration.pictures"}
    assert 0 < kept["reliability.similar"] <= 1_000_000
    server = start("--models", calibrated)
    described = server.get("/v1/predictor").json()
    assert described["similarPictures"] == 200 and described["goldenInputs"] > 0


def test_calibrate_may_keep_no_pictures_and_clears_old_ones(calibrated, pictures, tmp_path):  # noqa: F811
    model = tmp_path / "grey"
    shutil.copytree(calibrated, model)
    done = run("calibrate", "--model", model, "--data", pictures / "explain.csv", "--no-similar")
    assert done.returncode == 0, done.stderr
    assert not (model / "assets.extra/credence/reliability.similar").exists()
    assert b"golden" in run("inspect", model).stdout


def kept_pictures(path):
    """The PNGs in one of our files, each as the bytes of its pixels."""
    data = path.read_bytes()
    header, = struct.unpack_from("<I", data, 12)
    count, = struct.unpack_from("<I", data, 16 + header)
    lengths = struct.unpack_from(f"<{count}I", data, 20 + header)
    start, pictures = 20 + header + 4 * count, []
    for length in lengths:
        pictures.append(Image.open(io.BytesIO(data[start:start + length])).tobytes())
        start += length
    return pictures


def pixels(files):
    return {Image.open(file).tobytes() for file in files}


def test_golden_inputs_are_made_of_the_pictures_given(drawn_digits, tmp_path):
    model = tmp_path / "digits"
    shutil.copytree(drawn_digits.models / "digits", model)
    data = drawn_digits.models.parent / "pictures"
    given = ("calibrate", "--model", model, "--data", data, "--split", "train", "--no-similar")
    assert run(*given, "--golden", data).returncode == 0  # takes t10k
    golden = kept_pictures(model / "1/assets.extra/credence/golden.inputs")
    assert len(golden) == 10 and len(set(golden) - pixels(drawn_digits.others)) == 1  # the one of noise
    missing = run(*given, "--golden", tmp_path / "nothing")
    assert missing.returncode == 1 and b"--golden: " in missing.stderr and b"nothing" in missing.stderr


def test_the_bundle_holds_drawn_pictures_and_none_of_mnist(tmp_path):
    bundle = ROOT / "predictors/digits/1/assets.extra/credence"
    assert not (bundle / "reliability.similar").exists()
    draw, = (stage for stage in (ROOT / "dvc.yaml").read_text().splitlines() if "cmd: credence data make" in stage)
    made = run(*draw.split("credence ")[1].split()[:-1], tmp_path, "--format", "folders")
    assert made.returncode == 0, made.stderr
    golden = kept_pictures(bundle / "golden.inputs")
    others = set(golden) - pixels(tmp_path.rglob("t10k/*/*.png"))
    assert len(golden) == 10 and len(others) <= 1
    assert all(sum(other) / len(other) > 100 for other in others)  # noise, where the answer to it is clear
