"""What a version promises: groups that stay together, certified risks, costs, plans."""
import csv
import json
import shutil

import numpy as np
import pytest

from conftest import ROOT, encoded, run
from test_evaluate import digit

BUNDLED = ROOT / "predictors/digits"
GROUPS, ROWS_A_GROUP = 120, 4


def told(*arguments):
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def tracks(tmp_path_factory):
    """Pictures of which four each are nearly the same: by a column, and by prefixes in folders a class."""
    folder = tmp_path_factory.mktemp("tracks")
    random = np.random.default_rng(3)
    rows = []
    for group in range(GROUPS):
        first = digit(random, group % 10).astype(int)
        for i in range(ROWS_A_GROUP):
            name = f"folders/{group % 10}/{group:03}_{i}.png"
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            frame = (first + random.integers(0, 6, first.shape)).clip(0, 255).astype(np.uint8)
            (folder / name).write_bytes(encoded(frame))
            rows.append((name, group % 10, f"writer {group}"))
    with (folder / "named.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "label", "writer"), *rows])
    (folder / "groups.txt").write_text("".join(f"{row[2]}\n" for row in sorted(rows)))
    return folder


@pytest.fixture
def model(tmp_path):
    shutil.copytree(BUNDLED, tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("data, how", [
    ("named.csv", ("--group-column", "writer")),
    ("folders", ("--group-by", "prefix")),
    ("folders", ("--group-by", "prefix:[0-9]+")),
    ("folders", ("--groups", "groups.txt")),
])
def test_groups_are_never_divided_however_they_are_named(tracks, model, data, how):
    how = [tracks / part if part == "groups.txt" else part for part in how]
    shown = run("data", "show", tracks / data, *how)
    assert b"groups   120 by" in shown.stdout, shown.stderr
    found = told("calibrate", "--model", model, "--data", tracks / data, *how)
    assert (found["groupsA"], found["groupsB"], found["certifying"]) == (60, 60, 60)
    assert found["rowsA"] + found["rowsB"] == GROUPS * ROWS_A_GROUP and found["duplicates"] == 0
    assert any("only 60 groups certify" in warning for warning in found["warnings"])
    report = told("evaluate", "--model", model, "--data", tracks / data, *how, "--i-know")
    assert sum(group["rows"] for group in report["worstGroups"]) == ROWS_A_GROUP * len(report["worstGroups"])


def test_groups_that_nobody_named_are_suspected(tracks, model):
    found = told("calibrate", "--model", model, "--data", tracks / "folders")
    assert found["suspicion"]["byOrder"] or found["suspicion"]["byDistance"]
    assert any("name the groups" in warning for warning in found["warnings"])


@pytest.mark.parametrize("data, how, message", [
    ("folders", ("--group-column", "writer"), b"this is no CSV"),
    ("named.csv", ("--group-column", "patient"), b"no column 'patient'"),
    ("folders", ("--group-by", "folder"), b"that of its class is none"),
    ("folders", ("--group-by", "nearness"), b"--group-by: grouping 'nearness' is unknown"),
    ("folders", ("--group-by", "prefix:[a-z]+"), b"does not begin with the expression"),
])
def test_groups_that_cannot_be_told_are_refused(tracks, model, data, how, message):
    done = run("calibrate", "--model", model, "--data", tracks / data, *how)
    assert done.returncode == 1 and message in done.stderr, done.stderr


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Labelled digits, each a group of its own."""
    folder = tmp_path_factory.mktemp("many")
    random = np.random.default_rng(11)
    with (folder / "digits.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label"])
        for i in range(500):
            (folder / f"{i}.png").write_bytes(encoded(digit(random, i % 10)))
            writer.writerow([f"{i}.png", i % 10])
    return folder


def test_risks_costs_and_shares_choose_what_is_reliable(many, model):
    data = ("--model", model, "--data", many / "digits.csv")
    usual = told("calibrate", *data, "--dry-run")
    assert [rung["risk"] for rung in usual["ladder"]] == [.005, .01, .02, .05, .1]
    shares = [rung["share"] for rung in usual["ladder"]]
    assert shares == sorted(shares)
    one = told("calibrate", *data, "--risk", "0.2", "--dry-run")
    assert [rung["risk"] for rung in one["ladder"]] == [.2]
    dear = told("calibrate", *data, "--cost", "100", "--dry-run")
    assert dear["cost"] == 100
    thetas = [rung["theta"] for rung in dear["ladder"] if rung["theta"] is not None]
    assert all(theta >= np.log(99) - 1e-9 for theta in thetas)
    for cost in ("1", "x", "eleven=20", "3=1"):
        done = run("calibrate", *data, "--cost", cost)
        assert done.returncode == 1 and b"cost" in done.stderr, cost


def test_each_answer_carries_what_was_certified(many, model):
    found = told("calibrate", "--model", model, "--data", many / "digits.csv", "--cost", "3=50")
    rungs = {round(rung["risk"], 6): rung["theta"] for rung in found["ladder"] if rung["theta"] is not None}
    done = run("predict", "--model", model, "--json", *(many / f"{i}.png" for i in range(0, 200, 5)))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    for answer in answers:
        assert 0 <= answer["confidence"] <= answer["pCorrect"] <= 1
        assert (answer["predictionSet"] == []) == (answer["verdict"] == "unfamiliar")
        risk = answer["certifiedRisk"]
        assert risk is None or round(risk, 6) in rungs
        assert answer["verdict"] != "reliable" or risk <= found["risk"] + 1e-6
        assert answer["classRisk"] is None or answer["verdict"] == "reliable"
    text = run("predict", "--model", model, many / "0.png").stdout.decode()
    assert "confidence" in text and "100.00%" not in text.splitlines()[0]


def test_a_profile_of_the_first_format_is_to_be_made_again(many, model):
    told("calibrate", "--model", model, "--data", many / "digits.csv")
    profile = next(model.glob("**/reliability.profile"))
    old = bytearray(profile.read_bytes())
    old[:12] = b"RELPROF1" + (1).to_bytes(4, "little")
    profile.write_bytes(old)
    done = run("evaluate", "--model", model, "--data", many / "digits.csv")
    assert done.returncode == 1 and b"Calibrate again: credence calibrate" in done.stderr


def test_a_plan_says_how_many_pictures_a_promise_takes(many, model):
    guess = told("plan", "--risk", "0.01", "--errors", "0.002", "--share", "0.9")
    assert (guess["accepted"], guess["errorsAllowed"], guess["labels"]) == (1001, 3, 2342)
    assert told("plan", "--risk", "0.01", "--errors", "0.00999")["labels"] is None
    each = told("plan", "--risk", "0.1", "--errors", "0.01", "--per-class", "--classes", "10")
    assert each["labels"] > 10 * 100
    assert run("plan", "--risk", "0.1", "--per-class").returncode == 1
    told("calibrate", "--model", model, "--data", many / "digits.csv")
    pilot = told("plan", "--risk", "0.1", "--model", model)
    assert pilot["labels"] is None or pilot["labels"] > 100
    assert "profile of" in pilot["basis"]
