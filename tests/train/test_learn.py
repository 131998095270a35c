"""From labelled pictures to a version that is served."""
import json
import os
import pty
import re
import shutil
import subprocess
import xml.etree.ElementTree

import numpy as np
import pytest
from PIL import Image

from conftest import (BINARY, COLOURS, ROOT, SHARED, SIGNS, command, patch, sign, train, trained, write_csv,
                      write_folders)

QUICK = ("--epochs", 5, "--batch", 16)


def provenance(version):
    return json.loads((version / "assets.extra/credence/input.json").read_text())["provenance"]


def answers(version, pictures):
    """The labels that `credence predict` gives."""
    done = subprocess.run([BINARY, "predict", "--json", "--model", str(version), *map(str, pictures)],
                          capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return [json.loads(line)["label"] for line in done.stdout.splitlines()]


def share_right(version, draw, labels, folder):
    """Of new pictures."""
    unseen = write_folders(folder / "unseen", draw, labels, each=10, seed=99)
    pictures = sorted(unseen.glob("*/*.png"))
    given = answers(version, pictures)
    return np.mean([label == path.parent.name for label, path in zip(given, pictures, strict=True)])


@pytest.mark.parametrize("input_type", ["float32", "uint8"])
def test_learns_signs_from_folders(signs, tmp_path, input_type):
    version = trained("--data", signs, "--out", tmp_path / "out", "--input", input_type, *QUICK)
    assert version == tmp_path / "out/signs/1"
    assert share_right(version, sign, SIGNS, tmp_path) >= 0.9


def test_learns_colours_from_a_csv(tmp_path):
    rows = write_csv(tmp_path / "colours", patch, tuple(COLOURS))
    version = trained("--data", rows, "--out", tmp_path / "out", "--name", "colours", *QUICK)
    assert share_right(version, patch, tuple(COLOURS), tmp_path) >= 0.9


def test_pictures_of_several_sizes_are_brought_to_one(tmp_path):
    data = write_folders(tmp_path / "mixed", lambda label, random: sign(
        label, random, side=int(random.choice((14, 20)))), SIGNS, each=40)
    refused = train("--data", data, "--out", tmp_path / "out", *QUICK)
    assert refused.returncode == 1 and "--side" in refused.stderr
    version = trained("--data", data, "--out", tmp_path / "out", "--side", 16, *QUICK)
    assert provenance(version)["validation"]["accuracy"] >= 0.8


def test_a_version_says_what_made_it(signs, tmp_path):
    first = trained("--data", signs, "--out", tmp_path, "--recipe", "baseline", "--epochs", 2, "--seed", 7)
    made_by = provenance(first)
    assert (made_by["recipe"], made_by["seed"], made_by["epochs"]) == ("baseline", 7, 2)
    assert made_by["train_data"]["rows"] == 180 and len(made_by["train_data"]["sha256"]) == 64
    extra = first / "assets.extra/credence"
    log = [json.loads(line) for line in (extra / "training.jsonl").read_text().splitlines()]
    assert [epoch["epoch"] for epoch in log] == [1, 2]
    assert all(epoch["images_per_second"] > 0 and epoch["train_loss"] > 0 for epoch in log)
    curves = xml.etree.ElementTree.parse(extra / "curves.svg")
    lines = curves.findall("{http://www.w3.org/2000/svg}polyline")
    assert len(lines) == 4 and all(len(line.get("points").split()) == 2 for line in lines)
    assert not (tmp_path / "signs/.training").exists()
    second = trained("--data", signs, "--out", tmp_path, "--recipe", "baseline", "--epochs", 1)
    assert (first.name, second.name) == ("1", "2")


def test_a_terminal_sees_loss_accuracy_speed_and_time_left(signs, tmp_path):
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command("--data", signs, "--out", tmp_path, "--epochs", 2), stderr=theirs,
                               stdout=subprocess.DEVNULL)
    os.close(theirs)
    seen = b""
    try:
        while piece := os.read(ours, 4096):
            seen += piece
    except OSError:  # how a terminal whose other end is closed says so
        pass
    assert process.wait(60) == 0
    assert re.search(r"epoch 2/2 +\[#+-*\] +\d+ %  loss \d\.\d+  accuracy \d\.\d+  \d+ images/s  \d+ s left",
                     seen.decode())


def shape(text):
    """Comments and names with their labels, without values."""
    lines = text.splitlines()
    return sorted(re.sub(r'"[^"]*"', '""', line if line.startswith("#") else line.rsplit(" ", 1)[0]) for line in lines)


def test_a_run_is_shown_to_prometheus(signs, tmp_path):
    # With a test split, as the example has one.
    for split in ("train", "test"):
        shutil.copytree(signs, tmp_path / "data" / split)
    file = tmp_path / "run.prom"
    trained("--data", tmp_path / "data", "--out", tmp_path / "out", "--recipe", "baseline", "--epochs", 2,
            "--metrics-file", file)
    example = ROOT / "deploy/watch/training.example.prom"
    assert shape(file.read_text()) == shape(example.read_text())
    assert 'credence_training_epoch{predictor="data",recipe="baseline"} 2\n' in file.read_text()
    assert 'credence_training_running{predictor="data",recipe="baseline"} 0\n' in file.read_text()
    checked = subprocess.run(["promtool", "check", "metrics"], input=file.read_bytes(), capture_output=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_run_that_fails_is_shown_as_failed(signs, tmp_path):
    file = tmp_path / "run.prom"
    failed = train("--data", signs, "--out", tmp_path / "out", "--recipe", "baseline", "--learning-rate", 1e30,
                   "--metrics-file", file)
    assert failed.returncode == 1
    assert 'credence_training_failed{predictor="signs",recipe="baseline"} 1\n' in file.read_text()


def test_stops_when_patience_runs_out(signs, tmp_path):
    version = trained("--data", signs, "--out", tmp_path, "--recipe", "baseline", "--learning-rate", 1e-12,
                      "--patience", 1, "--epochs", 40)
    assert provenance(version)["epochs"] < 40


def test_a_loss_that_is_not_finite_ends_with_a_message(signs, tmp_path):
    failed = train("--data", signs, "--out", tmp_path, "--recipe", "baseline", "--learning-rate", 1e30)
    assert failed.returncode == 1
    assert "the loss is no longer a finite number" in failed.stderr and "lower learning rate" in failed.stderr
    assert not (tmp_path / "signs/1").exists()


@pytest.mark.parametrize("arguments, status, message", [
    (["--data", "nowhere", "--out", "out"], 1, "nowhere"),
    (["--out", "out"], 2, "--data"),
    (["--data", "x", "--out", "out", "--metrics-file", "run.txt"], 2, "run.txt does not end with .prom"),
    (["--data", "x", "--out", "out", "--rows", "a:b"], 2, "--rows"),
])
def test_errors_say_what_was_wrong(arguments, status, message):
    done = train(*arguments)
    assert done.returncode == status and message in done.stderr


def test_help_shows_an_example():
    done = train("--help")
    assert done.returncode == 0 and "--resume" in done.stdout and "Example" in done.stdout


def test_credence_without_the_trainer_says_how_to_get_it(tmp_path):
    shutil.copy(BINARY, tmp_path / "credence")
    done = subprocess.run([tmp_path / "credence", "train", "--data", "x"], capture_output=True, text=True)
    assert done.returncode == 1 and "./dev train" in done.stderr


@pytest.mark.skipif(not (SHARED / "data/mnist").is_dir(), reason=f"{SHARED}/data/mnist is not there")
def test_learns_mnist(tmp_path):
    version = trained("--data", SHARED / "data/mnist", "--out", tmp_path, "--rows", "0:2400", "--epochs", 2,
                      "--recipe", "baseline")
    assert provenance(version)["test"]["accuracy"] > 0.8


def grainy(label, random):
    """A sign with grain, so that no two are the same."""
    return Image.fromarray((np.asarray(sign(label, random)) // 2 + random.integers(0, 40, (16, 16))).astype(np.uint8))


def test_what_a_version_was_trained_on_is_known_again(tmp_path):
    signs = write_folders(tmp_path / "signs", grainy, SIGNS)
    version = trained("--data", signs, "--out", tmp_path / "out", *QUICK)
    shown = subprocess.run([BINARY, "data", "show", str(signs), "--json"], capture_output=True, text=True, timeout=120)
    assert provenance(version)["train_data"]["sha256"] == json.loads(shown.stdout)["sha256"]
    mixed = write_folders(tmp_path / "mixed", grainy, SIGNS, each=60, seed=5)
    for label in SIGNS:
        shutil.copy(signs / label / "0.png", mixed / label / "again.png")

    def calibrate(data, *flags):
        return subprocess.run([BINARY, "calibrate", "--model", str(version), "--data", str(data), "--dry-run",
                               "--json", *flags], capture_output=True, text=True, timeout=120)

    same = calibrate(signs)
    assert same.returncode == 1 and "this is what" in same.stderr
    part = calibrate(mixed)
    assert part.returncode == 1 and "3 of 183 pictures are such that" in part.stderr
    done = calibrate(mixed, "--i-know")
    assert done.returncode == 0, done.stderr
    assert any("3 of 183" in warning for warning in json.loads(done.stdout)["warnings"])
    assert calibrate(write_folders(tmp_path / "new", grainy, SIGNS, each=60, seed=6)).returncode == 0


def test_splits_and_unreadable_pictures_of_a_folder(tmp_path):
    for split, seed in (("Training", 1), ("Testing", 2)):
        write_folders(tmp_path / "data" / split, sign, SIGNS, each=30, seed=seed)
    (tmp_path / "data/Training/bar/broken.png").write_bytes(b"no picture")
    refused = train("--data", tmp_path / "data", "--out", tmp_path / "out", *QUICK)
    assert refused.returncode == 1 and "bar/broken.png" in refused.stderr
    done = train("--data", tmp_path / "data", "--out", tmp_path / "out", "--bad-files-max", 1, *QUICK)
    assert done.returncode == 0, done.stderr
    assert "left out: " in done.stderr and "took split Training" in done.stderr
    assert "test accuracy" in done.stdout


def test_says_that_whole_groups_are_held_out(tmp_path):
    """Groups of ten: a class of 60 rows gives one of its six where five rows were asked for."""
    rows = write_csv(tmp_path / "signs", sign, SIGNS)
    header, *lines = rows.read_text().splitlines()
    rows.write_text("\n".join([header + ",group", *(f"{line},{number % 3}-{number // 30}"
                                                    for number, line in enumerate(lines))]) + "\n")
    done = train("--data", rows, "--out", tmp_path, "--epochs", 1)
    assert done.returncode == 0, done.stderr
    assert ("150 to train on, 30 to validate with (3 of 18 groups, which are not divided: 16.7 % of the rows for the "
            "8.3 % of --validation)") in done.stderr
    together = subprocess.run(command("--data", rows, "--out", tmp_path, "--epochs", 1), stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=300).stdout
    assert together.index("\nversion ") < together.index("Next, with pictures")
