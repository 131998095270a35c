"""Models as people have them: what is read of them, what is guessed and said to be, what is refused."""
import json

import numpy as np
import pytest

import tiny_onnx
from conftest import encoded, run
from test_versions import until
from tiny_onnx import brightness, node

DARK, MIDDLING, BRIGHT = 20, 128, 235


def plain(level, channels=1, side=8):
    """A picture of about one level."""
    shape = (side, side) if channels == 1 else (side, side, channels)
    grain = np.random.default_rng(level).integers(-10, 11, shape)
    return np.clip(level + grain, 0, 255).astype(np.uint8)


@pytest.fixture
def files(tmp_path):
    """Paths of a dark, a middling and a bright picture."""
    paths = []
    for name, level in (("0", DARK), ("1", MIDDLING), ("2", BRIGHT)):
        (tmp_path / f"{name}.png").write_bytes(encoded(plain(level)))
        paths.append(tmp_path / f"{name}.png")
    return paths


def write(path, model):
    path.write_bytes(model)
    return path


def predict(model, files, *flags):
    done = run("predict", "--model", model, "--json", *flags, *files)
    assert done.returncode == 0, done.stderr.decode()
    return [json.loads(line) for line in done.stdout.splitlines()]


def inspected(model, *flags):
    done = run("inspect", model, "--json", *flags)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def check_right(answers):
    assert [answer["label"] for answer in answers] == ["0", "1", "2"]
    for answer in answers:
        probabilities = np.array(answer["prediction"])
        assert np.all(probabilities >= 0) and abs(probabilities.sum() - 1) < 1e-5
        assert np.allclose(answer["uncertainty"], probabilities * (1 - probabilities), atol=1e-6)


@pytest.mark.parametrize("end, scores", [
    ((), "logits"),
    ((node("Softmax", ["logits"], "scores", axis=1),), "probabilities"),
    ((node("LogSoftmax", ["logits"], "scores", axis=1),), "log_probabilities"),
    ((node("Softmax", ["logits"], "p", axis=1), node("Log", ["p"], "scores")), "log_probabilities"),
    ((node("Sigmoid", ["logits"], "scores"),), "sigmoids"),
])
def test_scores_of_any_kind_become_probabilities(tmp_path, files, start, end, scores):
    model = write(tmp_path / "m.onnx", brightness(end=end, sharpness=8))
    reference = predict(write(tmp_path / "reference.onnx", brightness(sharpness=8)), files)
    assert inspected(model)["scores"] == scores
    answers = predict(model, files)
    check_right(answers)
    for answer, expected in zip(answers, reference):
        assert np.allclose(answer["prediction"], expected["prediction"], atol=1e-5)
    server = start("--models", model)
    digit = server.post("/predict", files={"file": files[2].read_bytes()}).json()
    assert digit["predicted_probability"] == pytest.approx(max(reference[2]["prediction"]), abs=1e-5)


def test_what_is_no_distribution_is_refused(tmp_path):
    # A softmax over the examples of the batch: each picture alone gets ones.
    end = (node("Softmax", ["logits"], "scores", axis=0),)
    done = run("inspect", write(tmp_path / "m.onnx", brightness(end=end)))
    assert done.returncode == 1
    assert b"a distribution sums to 1" in done.stdout and b"--scores" in done.stdout


def test_a_range_that_the_graph_says_is_read(tmp_path, files):
    first = (node("Mul", ["x", "byte"], "y"),)
    model = write(tmp_path / "m.onnx", brightness(first=first))
    told = inspected(model)
    assert told["input"]["range"] == "0..255"
    assert told["contract"] == "stated" and told["assumed"] == []
    answers = predict(model, files)
    check_right(answers)
    assert {answer["contract"] for answer in answers} == {"stated"}


def test_a_guess_is_called_one_until_a_flag_or_a_profile_settles_it(tmp_path, files, start):
    model = write(tmp_path / "m.onnx", brightness())
    server = start("--models", model)
    answer = server.post("/v1/predict", files={"file": files[0].read_bytes()}).json()
    assert answer["contract"] == "assumed"
    assert server.post("/predict", files={"file": files[0].read_bytes()}).json()["contract"] == "assumed"
    assert "--input-range" in server.get("/v1/predictor").json()["assumed"][0]
    assert server.get("/v1/predictors").json()["predictors"][0]["contract"] == "assumed"
    server.stop()
    assert any("assumed: black and white are 0..1" in line for line in server.lines)
    assert b"assumed: black and white are 0..1" in run("inspect", model).stdout
    assert inspected(model, "--input-range", "0..1")["contract"] == "stated"
    done = run("calibrate", "--model", model, "--data", folders(tmp_path / "data", "012"))
    assert done.returncode == 0, done.stderr.decode()
    assert inspected(model)["contract"] == "calibrated"


def folders(path, names, levels=(DARK, MIDDLING, BRIGHT), count=70):
    """A folder a class with pictures of one level each, some of which are hard to tell apart."""
    random = np.random.default_rng(5)
    for name, level in zip(names, levels):
        (path / name).mkdir(parents=True)
        for i in range(count):
            picture = np.clip(level + random.normal(0, 30) + random.normal(0, 8, (8, 8)), 0, 255)
            (path / name / f"{i}.png").write_bytes(encoded(picture.astype(np.uint8)))
    return path


def test_a_profile_is_bound_to_the_weights_beside_an_onnx_file(tmp_path):
    folder = tmp_path / "m"
    folder.mkdir()
    model, weights = brightness(external="w.bin")
    write(folder / "m.onnx", model)
    write(folder / "w.bin", weights)
    data = folders(tmp_path / "data", "012")
    done = run("calibrate", "--model", folder / "m.onnx", "--data", data)
    assert done.returncode == 0, done.stderr.decode()
    (folder / "m.onnx.credence/golden.inputs").unlink(missing_ok=True)
    assert inspected(folder / "m.onnx")["contract"] == "calibrated"
    write(folder / "w.bin", (np.frombuffer(weights, np.float32) * 1.01).astype(np.float32).tobytes())
    done = run("inspect", folder / "m.onnx")
    assert done.returncode == 1
    assert b"was fitted on another model (w.bin differs)" in done.stdout


def test_a_change_of_the_weights_beside_an_onnx_file_is_noticed(tmp_path, start, files):
    folder = tmp_path / "models/m/1"
    folder.mkdir(parents=True)
    model, weights = brightness(external="w.bin")
    write(folder / "m.onnx", model)
    write(folder / "w.bin", weights)
    server = start("--models", tmp_path / "models", "--poll-ms", "50")
    bright = files[2].read_bytes()
    assert server.post("/v1/predict", files={"file": bright}).json()["label"] == "2"
    write(folder / "w.bin", bytes(len(weights)))  # all classes are the same to it

    def answer():
        return server.post("/v1/predict", files={"file": bright}).json()["prediction"]

    until(lambda: answer() == pytest.approx([1 / 3] * 3), "the new weights serve")


def test_inputs_whose_sides_must_be_said(tmp_path, files):
    flat = write(tmp_path / "flat.onnx", brightness(shape=("n", 64)))
    check_right(predict(flat, files))
    assert any("--input-size 8x8" in clause for clause in inspected(flat)["assumed"])
    assert not any("--input-size" in clause for clause in inspected(flat, "--input-size", "8x8")["assumed"])
    free = write(tmp_path / "free.onnx", brightness(shape=("n", 1, "h", "w")))
    assert "--input-size" in inspected(free)["reason"]
    check_right(predict(free, files, "--input-size", "8x8"))


def test_one_value_is_a_logit_if_that_is_said(tmp_path, files):
    model = write(tmp_path / "m.onnx", tiny_onnx.one_logit())
    assert "--scores" in inspected(model)["reason"]
    answers = predict(model, [files[0], files[2]], "--scores", "logits")
    assert [answer["label"] for answer in answers] == ["0", "1"]
    for answer in answers:
        assert sum(answer["prediction"]) == pytest.approx(1, abs=1e-6)


def test_int8_is_fed_as_int8(tmp_path, files):
    first = (node("Cast", ["x"], "y", to=tiny_onnx.FLOAT),)
    # Its classes are -128..31, 32..95 and 96..127.
    model = write(tmp_path / "m.onnx", brightness(kind=tiny_onnx.INT8, first=first, scale=127.0))
    told = inspected(model)
    assert told["input"]["type"] == "int8" and told["input"]["range"] == "-128..127"
    assert told["contract"] == "assumed"
    bright = predict(model, files[2:])[0]
    assert bright["label"] == "2"  # 235 as uint8 would be -21


def test_dynamic_quantisation_is_run_one_picture_at_a_time(tmp_path, files, start):
    first = (node("DynamicQuantizeLinear", ["x"], ["q", "step", "zero"]),
             node("DequantizeLinear", ["q", "step", "zero"], "y"))
    model = write(tmp_path / "m.onnx", brightness(first=first))
    assert b"in a batch it answers differently than alone" in run("inspect", model).stdout
    check_right(predict(model, files))
    server = start("--models", model)
    alone = [server.post("/v1/predict", files={"file": path.read_bytes()}).json() for path in files]
    together = server.post("/v1/predict", files=[("file", path.read_bytes()) for path in files]).json()
    assert [one["prediction"] for one in together["predictions"]] == [one["prediction"] for one in alone]


def test_blue_may_come_first(tmp_path):
    # The first channel of the tensor decides: bright is class 2.
    weights = np.zeros((3, 64, 3), np.float32)
    weights[0] = 60 / 64 * np.array([0, .5, 1])
    bias = (-60 * np.array([0, .25, 1]) / 2).astype(np.float32)
    made = tiny_onnx.model(
        [node("Flatten", ["x"], "flat"), node("Gemm", ["flat", "weights", "bias"], "logits")],
        [tiny_onnx.tensor("weights", weights.reshape(192, 3)), tiny_onnx.tensor("bias", bias)],
        [tiny_onnx.port("x", tiny_onnx.FLOAT, ("n", 3, 8, 8))],
        [tiny_onnx.port("logits", tiny_onnx.FLOAT, ("n", 3))])
    model = write(tmp_path / "m.onnx", made)
    red = tmp_path / "red.png"
    red.write_bytes(encoded(np.dstack([plain(BRIGHT), plain(DARK), plain(DARK + 1)])))
    assert predict(model, [red])[0]["label"] == "2"
    assert predict(model, [red], "--channel-order", "bgr")[0]["label"] == "0"
    assert inspected(model, "--channel-order", "bgr")["input"]["channelOrder"] == "bgr"


def test_folders_that_are_named_by_numbers(tmp_path):
    model = write(tmp_path / "m.onnx", brightness())
    data = folders(tmp_path / "data", ["1", "2", "3"])
    done = run("calibrate", "--model", model, "--data", data, "--dry-run", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert b"1 to 3 are taken as the model's 0 to 2, in this order" in done.stderr
    assert json.loads(done.stdout)["card"]["accuracy"]["value"] > 0.8
    # Other folders of the same names: the dark ones are 2.
    turned = folders(tmp_path / "turned", ["2", "3", "1"])
    done = run("calibrate", "--model", model, "--data", turned, "--dry-run")
    assert done.returncode == 1
    assert b"does not predict these labels" in done.stderr and b"--labels FILE" in done.stderr
    (tmp_path / "labels.txt").write_text("2\n3\n1\n")
    done = run("calibrate", "--model", model, "--data", turned, "--labels", tmp_path / "labels.txt", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout)["card"]["accuracy"]["value"] > 0.8
    # The names are the version's from now on.
    report = run("evaluate", "--model", model, "--data", turned, "--json")
    assert report.returncode == 0, report.stderr.decode()
    assert json.loads(report.stdout)["card"]["accuracy"]["value"] > 0.8


def test_numbers_that_are_none_of_the_models_classes_are_refused(tmp_path):
    model = write(tmp_path / "m.onnx", brightness())
    data = folders(tmp_path / "data", ["7", "900"])
    done = run("calibrate", "--model", model, "--data", data, "--dry-run")
    assert done.returncode == 1
    assert b"2 classes 7 to 900 are none of the model's 0 to 2" in done.stderr


def test_what_a_calibration_was_told_stays_with_the_version(tmp_path):
    model = write(tmp_path / "m.onnx", tiny_onnx.one_logit())
    data = folders(tmp_path / "data", "01", levels=(DARK + 40, BRIGHT - 40), count=100)
    done = run("calibrate", "--model", model, "--data", data, "--scores", "logits")
    assert done.returncode == 0, done.stderr.decode()
    assert inspected(model)["contract"] == "calibrated"
