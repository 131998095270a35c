"""`credence promote`: labels move when the report card holds, offline."""
import json
import shutil

import pytest

from conftest import ROOT, run

BUNDLED = ROOT / "predictors/digits/1"


@pytest.fixture
def digits(tmp_path):
    """A predictor with versions 1 and 2, both the bundled digits with their profile."""
    for version in ("1", "2"):
        shutil.copytree(BUNDLED, tmp_path / "digits" / version)
    return tmp_path / "digits"


def labels(folder):
    return json.loads((folder / "predictor.json").read_text())["labels"]


def promote(folder, *arguments):
    return run("promote", folder, *arguments)


def test_moves_the_label_to_the_highest_version_when_everything_holds(digits):
    done = promote(digits, "--require", "risk<=0.01, accuracy>=0.9")
    assert done.returncode == 0, done.stderr
    assert labels(digits) == {"stable": 2}
    text = done.stdout.decode()
    assert "risk <= 0.01" in text and "certified, confidence 95 %" in text
    assert "label stable moved from no version to version 2" in text


def test_keeps_what_else_stands_in_the_file(digits):
    file = {"schema": 1, "labels": {"stable": 1, "old": 1}, "canary": {"share": 0.2}, "note": "ours"}
    (digits / "predictor.json").write_text(json.dumps(file))
    done = promote(digits, "--label", "canary", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"name": "digits", "label": "canary", "from": None, "to": 2,
                                       "holds": True, "moved": True, "requirements": []}
    file["labels"]["canary"] = 2
    assert json.loads((digits / "predictor.json").read_text()) == file


def test_what_does_not_hold_moves_nothing(digits):
    done = promote(digits, "--version", "1", "--require", "accuracy>=0.9,errors<=0.0001")
    assert done.returncode == 1
    assert not (digits / "predictor.json").exists()
    lines = [line.split() for line in done.stdout.decode().splitlines()]
    holds = {line[0]: line[5] for line in lines if line[0] in ("accuracy", "errors")}
    assert holds == {"accuracy": "yes", "errors": "no"}
    assert "label stable stays at no version" in done.stdout.decode()


def test_a_dry_run_moves_nothing(digits):
    done = promote(digits, "--require", "risk<=0.01", "--dry-run", "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["holds"], answer["moved"]) == (True, False)
    assert not (digits / "predictor.json").exists()


def test_a_report_is_held_against_the_worse_end_of_its_interval(digits, tmp_path):
    report = tmp_path / "report.json"
    report.write_text(json.dumps({"card": {
        "rows": 500, "error_among_reliable": {"value": 0.004, "low": 0.001, "high": 0.015}}}))
    done = promote(digits, "--report", report, "--require", "risk<=0.01", "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["requirements"] == [
        {"requirement": "risk <= 0.01", "value": 0.004, "compared": 0.015,
         "basis": "95 % interval, 500 pictures", "holds": False}]
    assert promote(digits, "--report", report, "--require", "risk<=0.015").returncode == 0


def test_one_version_in_a_repository_is_enough(tmp_path):
    shutil.copytree(BUNDLED, tmp_path / "models/digits/7")
    done = promote(tmp_path / "models", "--require", "risk<=0.01")
    assert done.returncode == 0, done.stderr
    assert labels(tmp_path / "models/digits") == {"stable": 7}


@pytest.mark.parametrize("arguments, status, message", [
    (["--require", "risk<0.01"], 2, "want FIGURE<=NUMBER or FIGURE>=NUMBER"),
    (["--require", "speed>=1"], 2, "no figure \"speed\"; there is: accuracy, "),
    (["--label", "7up"], 2, "a label is a letter"),
    (["--version", "0"], 2, "--version"),
    (["--version", "5"], 1, "digits has no version 5; there is: 2, 1"),
    (["--require", "risk<=0.01", "--report", "nowhere.json"], 1, "nowhere.json cannot be read"),
])
def test_what_is_wrong_is_said(digits, arguments, status, message):
    done = promote(digits, *arguments)
    assert done.returncode == status, done.stderr
    assert message in done.stderr.decode()
    assert not (digits / "predictor.json").exists()


def test_a_version_without_a_profile_has_no_card(digits):
    (digits / "2/assets.extra/credence/reliability.profile").unlink()
    done = promote(digits, "--require", "risk<=0.01")
    assert done.returncode == 1
    assert "has no profile, and so no report card" in done.stderr.decode()


def test_a_bare_model_has_no_labels(tmp_path):
    shutil.copytree(BUNDLED, tmp_path / "bare")
    done = promote(tmp_path / "bare")
    assert done.returncode == 1
    assert "is a bare model; a label needs numbered versions" in done.stderr.decode()
