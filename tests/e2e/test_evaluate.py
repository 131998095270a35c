"""The report of `evaluate`: its figures against scikit-learn's, and the HTML page."""
import csv
import json
import re
import shutil
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
import sklearn.metrics

from conftest import ROOT, encoded, run

BUNDLED = ROOT / "predictors/digits"
SPOILED = 0.3  # share of the pictures that are made hard, so that there are mistakes


def digit(random, label):
    """A picture of seven segments that looks like the digit, thick, thin, askew or noisy."""
    segments = {0: "abcdef", 1: "bc", 2: "abged", 3: "abgcd", 4: "fgbc", 5: "afgcd", 6: "afgedc", 7: "abc",
                8: "abcdefg", 9: "abfgcd"}[label]
    ends = {"a": (5, 9, 5, 18), "b": (5, 18, 13, 18), "c": (13, 18, 22, 18), "d": (22, 9, 22, 18),
            "e": (13, 9, 22, 9), "f": (5, 9, 13, 9), "g": (13, 9, 13, 18)}
    picture = np.zeros((28, 28))
    width = random.integers(1, 3)
    for s in segments:
        top, left, bottom, right = ends[s]
        picture[top:bottom + width, left:right + width] = 255
    picture = np.roll(picture, random.integers(-2, 3, 2), (0, 1))
    if random.random() < SPOILED:
        picture += random.normal(0, 90, picture.shape)
    return picture.clip(0, 255).astype(np.uint8)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Labelled pictures, foreign ones, and the bundled model calibrated on half of the former."""
    folder = tmp_path_factory.mktemp("evaluate")
    random = np.random.default_rng(5)
    with (folder / "digits.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "label"])
        for i in range(500):
            name = f"{i}.png"
            (folder / name).write_bytes(encoded(digit(random, i % 10)))
            writer.writerow([name, i % 10])
    (folder / "foreign").mkdir()
    for i in range(40):
        (folder / f"foreign/{i}.png").write_bytes(encoded(random.integers(0, 256, (28, 28)).astype(np.uint8)))
    shutil.copytree(BUNDLED, folder / "model")
    done = run("calibrate", "--model", folder / "model", "--data", folder / "digits.csv", "--rows", "0::2")
    assert done.returncode == 0, done.stderr
    return folder


def evaluate(folder, *arguments):
    done = run("evaluate", "--model", folder / "model", "--data", folder / "digits.csv", "--rows", "1::2",
               *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def report(folder):
    """The JSON report, and the rows it is made of."""
    report = evaluate(folder, "--ood", folder / "foreign", "--compare", "raw", "--rows-out", folder / "rows.csv",
                      "--html", folder / "report.html")
    with (folder / "rows.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    own = [row for row in rows if row["label"] != ""]
    return report, own, [row for row in rows if row["label"] == ""]


def column(rows, name):
    return np.array([float(row[name]) for row in rows])


def close(value):
    return pytest.approx(value, abs=1e-9)


def test_accuracy_and_classes_are_scikit_learns(report):
    report, rows, _ = report
    labels, answers = column(rows, "label"), column(rows, "predicted")
    assert 0.2 < (labels == answers).mean() < 1
    assert report["card"]["accuracy"]["value"] == close(sklearn.metrics.accuracy_score(labels, answers))
    assert report["confusion"] == sklearn.metrics.confusion_matrix(labels, answers, labels=range(10)).tolist()
    precision, recall, f1, support = sklearn.metrics.precision_recall_fscore_support(
        labels, answers, labels=range(10), zero_division=np.nan)
    for i, ours in enumerate(report["classes"]):
        assert ours["rows"] == support[i]
        for name, theirs in (("precision", precision[i]), ("recall", recall[i]), ("f1", f1[i])):
            value = ours[name]["value"]
            assert np.isnan(theirs) if value is None else value == close(theirs), (i, name)


@pytest.mark.parametrize("name", ["confidence", "p_correct", "scaled_softmax", "max_softmax"])
def test_confidence_figures_are_scikit_learns(report, name):
    report, rows, _ = report
    right = column(rows, "label") == column(rows, "predicted")
    stated = column(rows, name)
    card = report["card"]
    assert card[f"{name}.error_auroc"]["value"] == close(sklearn.metrics.roc_auc_score(right, stated))
    # What scikit-learn clips at the machine's epsilon, we clip at 1e-12.
    assert card[f"{name}.nll"]["value"] == close(sklearn.metrics.log_loss(right, stated.clip(1e-12, 1 - 1e-12)))
    assert card[f"{name}.brier"]["value"] == close(sklearn.metrics.brier_score_loss(right, stated))
    fpr, tpr, _ = sklearn.metrics.roc_curve(right, stated, drop_intermediate=False)
    assert card[f"{name}.error_fpr95"]["value"] == close(fpr[tpr >= 0.95 - 1e-12].min())


def test_class_probabilities_are_scored_as_scikit_learn_does(report):
    report, rows, _ = report
    labels = column(rows, "label").astype(int)
    p = np.array([[float(row[f"p:{k}"]) for k in range(10)] for row in rows])
    one_hot = np.eye(10)[labels]
    # Rows of float32 sum to 1 within 1e-7; scikit-learn scales them to 1.
    expected = sklearn.metrics.log_loss(labels, (p / p.sum(1, keepdims=True)).clip(1e-12), labels=range(10))
    assert report["card"]["prediction.nll"]["value"] == pytest.approx(expected, abs=1e-6)
    assert report["card"]["prediction.brier"]["value"] == close(((p - one_hot) ** 2).sum(1).mean())


def test_foreign_figures_are_scikit_learns(report):
    report, own, foreign = report
    card = report["foreign"][0]
    is_own = np.r_[np.ones(len(own)), np.zeros(len(foreign))]
    score = -np.r_[column(own, "unfamiliarity"), column(foreign, "unfamiliarity")]
    assert card["rows"] == len(foreign) == 40
    assert card["auroc"]["value"] == close(sklearn.metrics.roc_auc_score(is_own, score))
    assert card["aupr"]["value"] == close(sklearn.metrics.average_precision_score(is_own, score))
    accept = np.r_[column(own, "label") == column(own, "predicted"), np.zeros(len(foreign), bool)]
    rows = own + foreign
    joint = column(rows, "confidence")
    assert card["confident"]["value"] == close((column(foreign, "confidence") >= .9).mean())
    assert card["confident_ungated"]["value"] == close((column(foreign, "p_correct") >= .9).mean())
    assert card["joint_auroc"]["value"] == close(sklearn.metrics.roc_auc_score(accept, joint))
    softmax = column(rows, "max_softmax")
    assert card["comparisons"][1]["name"] == "max softmax"
    assert card["comparisons"][1]["joint_auroc"]["value"] == close(sklearn.metrics.roc_auc_score(accept, softmax))


def test_the_second_opinion_is_scored(report):
    report, rows, _ = report
    pixels, labels, answers = (column(rows, name) for name in ("second_opinion", "label", "predicted"))
    card = report["card"]
    assert card["second_opinion.accuracy"]["value"] == close((pixels == labels).mean())
    assert card["second_opinion.agrees"]["value"] == close((pixels == answers).mean())
    differs = pixels != answers
    assert card["second_opinion.right_where_differs"]["value"] == close((pixels == labels)[differs].mean())


def test_another_profile_is_compared(folder):
    other = folder / "other"
    shutil.copytree(folder / "model", other)
    done = run("calibrate", "--model", other, "--data", folder / "digits.csv", "--rows", "0::2", "--seed", "9")
    assert done.returncode == 0, done.stderr
    profile = next(other.glob("**/reliability.profile"))
    report = evaluate(folder, "--compare", profile)
    assert [c["name"] for c in report["comparisons"]][-2:] == ["P(correct)", str(profile)]
    assert report["other"]["card"]["accuracy"] == report["card"]["accuracy"]
    difference = report["comparisons"][-1]["difference"]["nll"]
    assert difference["value"] == close(
        report["card"]["confidence.nll"]["value"] - report["other"]["card"]["confidence.nll"]["value"])
    assert difference["low"] <= difference["value"] <= difference["high"]


def test_a_profile_of_another_model_is_not_compared(folder):
    shutil.copytree(folder / "model", folder / "changed")
    weights = next((folder / "changed").glob("**/saved_model.pb"))
    weights.write_bytes(weights.read_bytes() + b"\x00\x00")
    done = run("evaluate", "--model", folder / "model", "--data", folder / "digits.csv", "--compare", weights)
    assert done.returncode == 1 and b"--compare" in done.stderr and b"RELPROF2" in done.stderr


def test_a_range_that_is_given_is_used_and_said(folder, report):
    given = evaluate(folder, "--input-range", "0..255")
    assert any("value range 0..255 is used as given; the profile was fitted with" in w for w in given["warnings"])
    assert given["card"]["prediction.nll"]["value"] != report[0]["card"]["prediction.nll"]["value"]
    assert not any("is used as given" in w for w in report[0]["warnings"])
    # The odd rows are of the odd classes, which calibration has not seen.
    assert any("are called unfamiliar" in w for w in report[0]["warnings"])


def test_promises_that_do_not_hold_are_said(drawn_digits, tmp_path):
    """Each label is wrong, and the foreign pictures are ordinary ones."""
    rows = [[file, (int(file.parent.name) + 1) % 10] for file in drawn_digits.others]
    with (tmp_path / "wrong.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["file", "label"], *rows])
    done = run("evaluate", "--model", drawn_digits.models / "digits", "--data", tmp_path / "wrong.csv",
               "--ood", tmp_path / "wrong.csv", "--json")
    assert done.returncode == 0, done.stderr
    said = "\n".join(json.loads(done.stdout)["warnings"])
    assert re.search(r"^100.0 % of the reliable answers are wrong, where [\d.]+ % were certified", said, re.M), said
    assert re.search(r"^[\d.]+ % of .*wrong.csv are called reliable", said, re.M), said


def test_a_framing_that_is_given_is_used_and_said(drawn_digits):
    arguments = ("--model", drawn_digits.models, "--data", drawn_digits.pictures, "--split", "t10k", "--json")
    reports = [json.loads(run("evaluate", *arguments, *more).stdout) for more in ((), ("--framing", "whole"))]
    said = ["framing whole is used as given; the profile was fitted with object"]
    assert [report["warnings"] for report in reports] == [[], said]


# ---- the report judges what the server says ----

def pages():
    """Pictures of all kinds by file name: as the model knows them, to be framed, blank, foreign."""
    random = np.random.default_rng(11)
    seven = np.kron(digit(np.random.default_rng(2), 7), np.ones((12, 12))).astype(np.uint8)
    paper = np.pad(255 - seven, ((200, 400), (150, 250)), constant_values=255)
    colours = np.stack([paper, np.roll(paper, 9, 0), np.full_like(paper, 240)], 2)
    return {"known.png": encoded(digit(random, 3)), "paper.png": encoded(paper), "photo.jpg": encoded(colours, "jpeg"),
            "large.jpg": encoded(np.kron(paper, np.ones((3, 3), np.uint8)), "jpeg"),
            "blank.png": encoded(np.full((300, 200), 255, np.uint8)),
            "black.png": encoded(np.zeros((28, 28), np.uint8)),
            "faint.png": encoded(random.integers(0, 9, (28, 28)).astype(np.uint8)),
            "noise.png": encoded(random.integers(0, 256, (28, 28)).astype(np.uint8)),
            "border.png": encoded(np.pad(digit(random, 5)[6:22, 6:22], 6, constant_values=180))}


def rows_of(model, data, folder):
    done = run("evaluate", "--model", model, "--data", data, "--rows-out", folder / "own.csv")
    assert done.returncode == 0, done.stderr
    with (folder / "own.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def assert_answered_alike(row, answer, name):
    assert row["predicted"] == answer["label"], name
    assert row["verdict"] == answer["verdict"], name
    assert row["reasons"].split() == [reason["code"] for reason in answer["reasons"]], name
    for score in ("confidence", "familiarity"):
        assert float(row[score]) == pytest.approx(answer[score], abs=1e-5), (name, score)
    p = [value for column, value in row.items() if column.startswith("p:")]
    assert [float(value) for value in p] == pytest.approx(answer["prediction"], abs=1e-5), name


def test_evaluate_says_of_each_picture_what_the_server_says(drawn_digits, start, tmp_path):
    files = pages() | {path.name: path.read_bytes() for path in drawn_digits.others[::10]}
    with (tmp_path / "pages.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("file", "label"), *((name, 7) for name in files)])
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    rows = rows_of(drawn_digits.models, tmp_path / "pages.csv", tmp_path)
    server = start("--models", drawn_digits.models)
    answers = [server.post("/v1/predict", content=content).json() for content in files.values()]
    assert len(rows) == len(answers)
    for row, answer, name in zip(rows, answers, files):
        assert_answered_alike(row, answer, name)
    said = dict(zip(files, answers))
    for name in ("blank.png", "black.png"):
        assert said[name]["reasons"][0]["code"] == "blank" and said[name]["verdict"] == "unfamiliar"
    for name in ("paper.png", "photo.jpg", "large.jpg", "border.png"):
        assert "frame" in [step["step"] for step in said[name]["adaptations"]]


def test_evaluate_says_of_arrays_what_the_server_says_of_them_as_files(drawn_digits, start, tmp_path):
    random = np.random.default_rng(4)
    arrays = np.stack([digit(random, 4), np.zeros((28, 28)), 255 - digit(random, 2),
                       random.integers(0, 256, (28, 28))]).astype(np.uint8)
    shape = b"".join(n.to_bytes(4, "big") for n in arrays.shape)
    (tmp_path / "images.idx3").write_bytes(bytes([0, 0, 8, 3]) + shape + arrays.tobytes())
    (tmp_path / "labels.idx1").write_bytes(bytes([0, 0, 8, 1]) + len(arrays).to_bytes(4, "big") + bytes([4, 0, 2, 0]))
    rows = rows_of(drawn_digits.models, tmp_path, tmp_path)
    server = start("--models", drawn_digits.models)
    for i, array in enumerate(arrays):
        assert_answered_alike(rows[i], server.post("/v1/predict", content=encoded(array)).json(), i)


# ---- the page ----

@pytest.fixture(scope="module")
def page(folder, report):
    return (folder / "report.html").read_text()


@pytest.fixture(scope="module")
def tree(page):
    return ElementTree.fromstring(page)


def test_the_page_refers_to_nothing_outside_and_runs_nothing(page, tree):
    assert page.startswith("<!DOCTYPE html>")
    assert tree.findall(".//script") == [] and tree.findall(".//link") == []
    assert not re.search(r"https?:|url\(|@import|\son\w+=", page)
    for element in tree.iter():
        for name in ("src", "href"):
            target = element.get(name)
            assert target is None or target.startswith(("data:image/png;base64,", "#")), target


def test_every_figure_of_the_page_is_the_reports(report, tree):
    figures = list(tree.iter("data"))
    assert len(figures) > 150
    for figure in figures:
        value = report[0]
        for step in figure.get("data-path").split("/"):
            value = value[int(step)] if isinstance(value, list) else value[step]
        value = value["value"] if isinstance(value, dict) else value
        assert float(figure.get("value")) == value, figure.get("data-path")


def test_who_cannot_see_the_page_is_told(tree):
    ids = [e.get("id") for e in tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    plots = [e for e in tree.iter("svg") if e.get("role") == "img"]
    assert len(plots) == 7
    for plot in plots:
        assert plot.find("title").text and plot.find("desc").text
        assert set(plot.get("aria-labelledby").split()) <= set(ids)
    for image in tree.iter("img"):
        assert "answered" in image.get("alt")
    for link in tree.iter("a"):
        assert link.get("href")[1:] in ids
    assert tree.get("lang") == "en" and tree.find("head/title").text
    assert all(table.find("caption") is not None for table in tree.iter("table"))


def test_the_gallery_shows_the_most_confident_mistakes(report, tree):
    _, rows, _ = report
    wrong = [row for row in rows if row["label"] != row["predicted"]]
    first = max(wrong, key=lambda row: float(row["confidence"]))
    alts = [image.get("alt") for image in tree.iter("img")]
    assert f"labelled {first['label']}, answered {first['predicted']}" in alts[0]
    assert len(alts) >= min(20, len(wrong)) + 20


def test_class_names_are_text_on_the_page(folder, tmp_path):
    names = tmp_path / "names"
    names.write_text("".join(f"<b>&\"{k}\n" for k in range(10)))
    model = tmp_path / "model"
    shutil.copytree(BUNDLED, model)
    assert run("calibrate", "--model", model, "--data", folder / "digits.csv", "--labels", names).returncode == 0
    done = run("evaluate", "--model", model, "--data", folder / "digits.csv", "--html", tmp_path / "r.html")
    assert done.returncode == 0, done.stderr
    tree = ElementTree.fromstring((tmp_path / "r.html").read_text())
    assert '<b>&"3' in "".join(tree.itertext())
