"""calibrate and evaluate with the real binary."""
import csv
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import numpy as np
import pytest

from conftest import BINARY, MODELS, SHARED, encoded, run


def blobs(seed):
    """A seeded picture of a few grey rectangles on black."""
    random = np.random.default_rng(seed)
    array = np.zeros((28, 28), np.uint8)
    for _ in range(3):
        y, x = random.integers(0, 20, 2)
        array[y:y + random.integers(4, 12), x:x + random.integers(4, 12)] = random.integers(60, 256)
    return array


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pictures")
    for i in range(400):
        (folder / f"{i}.png").write_bytes(encoded(blobs(i)))
    return folder


def write_csv(path, labels):
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([("file", "label"), *((f"{i}.png", k) for i, k in enumerate(labels))])
    return path


def predict(model, files):
    done = run("predict", "--model", model, "--json", *files)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_model_that_does_not_predict_the_labels_is_refused(tmp_path, pictures):
    shutil.copytree(MODELS / "grey", tmp_path / "grey")
    classes = len(predict(tmp_path / "grey", [pictures / "0.png"])[0]["prediction"])
    data = write_csv(pictures / "unrelated.csv", np.random.default_rng(1).integers(0, classes, 400))
    done = run("calibrate", "--model", tmp_path / "grey", "--data", data)
    assert done.returncode == 1
    assert b"does not predict these labels" in done.stderr
    assert not (tmp_path / "grey/assets.extra").exists()


def test_a_calibrated_version_assesses_its_answers(tmp_path, pictures):
    model = tmp_path / "grey"
    shutil.copytree(MODELS / "grey", model)
    files = [pictures / f"{i}.png" for i in range(400)]
    before = predict(model, files)
    assert {answer["verdict"] for answer in before} == {"unassessed"}
    data = write_csv(pictures / "own.csv", [answer["label"] for answer in before])
    dry = run("calibrate", "--model", model, "--data", data, "--rows", "0::2", "--dry-run")
    assert dry.returncode == 0, dry.stderr
    assert not (model / "assets.extra").exists()
    done = run("calibrate", "--model", model, "--data", data, "--rows", "0::2", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["rowsA"] == 100
    assert done.stderr == b""  # no progress in a pipe
    report = run("evaluate", "--model", model, "--data", data, "--rows", "1::2", "--json")
    assert report.returncode == 0, report.stderr
    assert json.loads(report.stdout)["card"]["accuracy"]["value"] > 0.9
    answer = predict(model, files[1:2])[0]
    assert answer["verdict"] in ("reliable", "uncertain", "unfamiliar")
    assert 0 <= answer["confidence"] <= 1


@pytest.fixture(scope="module")
def labelled(tmp_path_factory, pictures):
    """The pictures, each with the label that the model `grey` gives it."""
    model = tmp_path_factory.mktemp("labelled") / "grey"
    shutil.copytree(MODELS / "grey", model)
    answers = predict(model, [pictures / f"{i}.png" for i in range(400)])
    return model, [answer["label"] for answer in answers]


def test_the_same_calibration_gives_the_same_bytes(tmp_path, labelled, pictures, monkeypatch):
    model, labels = labelled
    data = write_csv(pictures / "twice.csv", labels)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for name in ("one", "two"):
        shutil.copytree(model, tmp_path / name)
        done = run("calibrate", "--model", tmp_path / name, "--data", data)
        assert done.returncode == 0, done.stderr
        kept = tmp_path / name / "assets.extra/credence"
        made.append({path.name: path.read_bytes() for path in kept.iterdir()})
    assert made[0] == made[1] and b"2023-11-14T22:13:20Z" in made[0]["reliability.profile"]
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    wrong = run("calibrate", "--model", tmp_path / "one", "--data", data)
    assert wrong.returncode == 1 and b'SOURCE_DATE_EPOCH: "yesterday" is not a number' in wrong.stderr


def test_all_unreadable_pictures_are_listed_before_anything_is_done(tmp_path, pictures, labelled):
    model, labels = labelled
    for name in ("bad_one.png", "bad_two.png"):
        (pictures / name).write_bytes(b"no picture")
    data = write_csv(pictures / "bad.csv", labels)
    with data.open("a") as file:
        file.write(f"bad_one.png,{labels[0]}\nbad_two.png,{labels[0]}\n")
    refused = run("calibrate", "--model", model, "--data", data, "--dry-run")
    assert refused.returncode == 1
    assert b"2 of 402 pictures cannot be read; the limit is 0" in refused.stderr
    assert b"bad_one.png" in refused.stderr and b"bad_two.png" in refused.stderr
    done = run("calibrate", "--model", model, "--data", data, "--dry-run", "--bad-files-max", 2, "--json")
    assert done.returncode == 0, done.stderr
    assert b"left out: " in done.stderr
    good = write_csv(pictures / "good.csv", labels)
    whole = run("calibrate", "--model", model, "--data", good, "--dry-run", "--json")
    assert json.loads(done.stdout)["dataDigest"] == json.loads(whole.stdout)["dataDigest"]


def test_training_data_is_not_calibration_data(tmp_path, pictures, labelled):
    original, labels = labelled
    model = tmp_path / "grey"
    shutil.copytree(original, model)
    data = write_csv(pictures / "trained.csv", labels)
    digest = json.loads(run("data", "show", data, "--json").stdout)["sha256"]
    (model / "assets.extra/credence").mkdir(parents=True)
    (model / "assets.extra/credence/input.json").write_text(json.dumps(
        {"schema": 1, "provenance": {"train_data": {"source": "CSV", "rows": 400, "sha256": digest}}}))
    refused = run("calibrate", "--model", model, "--data", data)
    assert refused.returncode == 1
    assert b"was trained on" in refused.stderr and digest.encode() in refused.stderr and b"--i-know" in refused.stderr
    done = run("calibrate", "--model", model, "--data", data, "--rows", "0::2")  # no digest of a part is known
    assert done.returncode == 0, done.stderr
    refused = run("evaluate", "--model", model, "--data", data)
    assert refused.returncode == 1 and b"was trained on" in refused.stderr
    known = run("evaluate", "--model", model, "--data", data, "--i-know", "--json")
    assert known.returncode == 0, known.stderr
    warnings = json.loads(known.stdout)["warnings"]
    assert any("was trained on" in warning for warning in warnings)
    assert any(" different pictures are such that the profile was fitted on" in warning for warning in warnings)
    clean = run("evaluate", "--model", model, "--data", data, "--rows", "1::2", "--json")
    assert not any("fitted on" in warning for warning in json.loads(clean.stdout)["warnings"])


def test_a_range_that_calibrate_chose_is_chosen_anew_and_one_that_was_stated_is_not(tmp_path, pictures, labelled):
    original, labels = labelled
    data = write_csv(pictures / "range.csv", labels)
    ranges = {}
    for name in ("chosen", "stated"):
        model = tmp_path / name
        shutil.copytree(original, model)
        if name == "stated":
            (model / "assets.extra/credence").mkdir(parents=True)
            (model / "assets.extra/credence/input.json").write_text('{"range": "-1..1"}')
        for _ in range(2):
            done = run("calibrate", "--model", model, "--data", data, "--json")
            assert done.returncode == 0, done.stderr
            assert json.loads((model / "assets.extra/credence/input.json").read_text())["range"] == "-1..1"
            found = json.loads(done.stdout)["range"]
            ranges.setdefault(name, []).append((found["name"], found["given"], len(found["candidates"])))
    assert ranges == {"chosen": [("-1..1", False, 8)] * 2, "stated": [("-1..1", True, 1)] * 2}


def files_of(folder):
    return {path.name: os.readlink(path) if path.is_symlink() else path.read_bytes() for path in folder.iterdir()}


def test_an_old_profile_that_cannot_be_read_is_not_taken_for_none(tmp_path, pictures, labelled):
    original, labels = labelled
    data = write_csv(pictures / "old.csv", labels)
    model = tmp_path / "model"
    shutil.copytree(original, model)
    assets = model / "assets.extra/credence"
    assert run("calibrate", "--model", model, "--data", data).returncode == 0
    profile = assets / "reliability.profile"
    whole = profile.read_bytes()

    profile.unlink()
    profile.symlink_to(profile.name)  # which nobody can open, root included
    before = files_of(assets)
    refused = run("calibrate", "--model", model, "--data", data)
    assert refused.returncode == 1
    assert b"reliability.profile cannot be read: Too many levels of symbolic links" in refused.stderr
    assert files_of(assets) == before
    profile.unlink()

    for old, reason in ((whole[:-100], "checksum"), (b"RELPROF1" + whole[8:], "format version 1")):
        (assets / "input.json").write_bytes(before["input.json"])
        profile.write_bytes(old)
        done = run("calibrate", "--model", model, "--data", data, "--json")
        assert done.returncode == 0, done.stderr
        found = json.loads(done.stdout)
        [warning] = [one for one in found["warnings"] if "an earlier calibration chose the range -1..1" in one]
        assert reason in warning and str(profile) in warning and found["range"]["given"]
        assert profile.read_bytes() != old


def test_evaluate_wants_a_profile(pictures):
    data = write_csv(pictures / "none.csv", [0] * 400)
    done = run("evaluate", "--model", MODELS / "grey", "--data", data)
    assert done.returncode == 1
    assert b"run `credence calibrate` first" in done.stderr


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not there")
def test_mnist_cnn_has_the_reference_figures(tmp_path):
    """docs/reliability.md, reference figures."""
    model, mnist = tmp_path / "mnist_cnn", SHARED / "data/mnist"
    shutil.copytree(SHARED / "models/production/mnist_cnn", model)
    done = run("calibrate", "--model", model, "--data", mnist, "--split", "t10k", "--rows", "0::2",
               "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["range"]["name"] == "0..1" and not found["range"]["inverted"]
    assert found["framing"] == "object" and found["background"] == 0
    assert found["temperature"] == pytest.approx(0.9052, rel=0.005)
    assert found["risk"] == 0.005 and found["theta"] == pytest.approx(2.2, abs=0.2)
    assert found["evidence"]["weights"]["e"] == pytest.approx(.808, abs=.005) and found["evidence"]["content"]
    assert sum(risk is not None for risk in found["classRisk"]) == 10
    assert (model / "assets.extra/credence/reliability.profile").stat().st_size <= 1_000_000

    done = run("evaluate", "--model", model, "--data", mnist, "--split", "t10k", "--rows", "1::2",
               "--ood", SHARED / "data/fashion_test", "--framing", "whole", "--json")  # pictures as they are
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    expected = {"accuracy": (.9832, .002), "p_correct.error_auroc": (.9849, .002),
                "confidence.error_auroc": (.9841, .002), "scaled_softmax.error_auroc": (.9773, .002),
                "p_correct.e_aurc": (.263e-3, .016e-3), "p_correct.ece_equal_width": (.0035, .002),
                "confidence.ece_equal_width": (.0060, .002), "p_correct.nll": (.0327, .002),
                "confidence.nll": (.0360, .002), "p_correct.brier": (.0092, .002), "flagged_1": (.0106, .005),
                "flagged_5": (.0558, .005), "verdicts.reliable": (.929, .005),
                "error_among_reliable": (.0013, .005), "sets.95.coverage": (.9832, .005),
                "sets.99.mean_size": (1.019, .005)}
    for name, (value, tolerance) in expected.items():
        assert report["card"][name]["value"] == pytest.approx(value, abs=tolerance), name
    foreign = report["foreign"][0]
    assert foreign["auroc"]["value"] == pytest.approx(.9998, abs=.002)
    assert foreign["joint_auroc"]["value"] == pytest.approx(.9992, abs=.002)
    assert foreign["confident_ungated"]["value"] == pytest.approx(.200, abs=.005)
    assert foreign["confident"]["value"] == pytest.approx(.0037, abs=.005)
    assert foreign["reliable"]["value"] == 0


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to run as somebody else")
@pytest.mark.parametrize("kept", [False, True])
def test_a_version_that_cannot_be_written_is_told_before_the_data_is_read(kept):
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        version = pathlib.Path(name) / "1"
        shutil.copytree(MODELS / "grey", version)
        asked = version / "assets.extra" / "credence" if kept else version
        asked.mkdir(parents=True, exist_ok=True)
        for path in (version, *version.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)

        def calibrate(*flags):
            return subprocess.run([BINARY, "calibrate", "--model", version, "--data", "missing", *flags],
                                  capture_output=True, text=True, timeout=120, user=65534, group=65534, extra_groups=[])

        done = calibrate()
        assert done.returncode == 1
        assert f"{asked}: the profile cannot be written there: Permission denied" in done.stderr
        done = calibrate("--dry-run")
        assert done.returncode == 1 and "cannot be written" not in done.stderr and "missing" in done.stderr
