"""The reference figures of docs/reliability.md: calibrates copies of the production models and of a
network for digits on half of MNIST's test file, evaluates them on the other half and on foreign pictures, a
ResNet-20 on CIFAR-10's test pictures likewise, and holds every figure against the method's
specification. `./dev reference` runs it.

Writes build/reference/reference.md and .json; exits with 1 when a figure is out of tolerance."""
import argparse
import csv
import gzip
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import numpy as np

from copies import KINDS, copies
from figures import DIGIT_FIGURES, NATURAL_FIGURES, NATURAL_FOREIGN, REFERENCE_MODELS, judge

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("CREDENCE_BINARY", str(ROOT / "build/release/src/cli/credence"))
SHARED = pathlib.Path(os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared"))
COPIES_SEED = 987654321  # of the damaged copies of the evaluation rows
AS_THEY_ARE = ("--framing", "whole")  # the specification gives the model arrays of its size unframed


def credence(*arguments):
    done = subprocess.run([BINARY, *map(str, arguments), "--json"], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"credence {' '.join(map(str, arguments))}\n{done.stderr}")
    return json.loads(done.stdout)


def read_idx(path):
    with gzip.open(path) as file:
        bytes_ = file.read()
    shape = [int.from_bytes(bytes_[4 + 4 * i:8 + 4 * i], "big") for i in range(bytes_[3])]
    return np.frombuffer(bytes_, np.uint8, offset=4 + 4 * len(shape)).reshape(shape)


def write_idx(path, array):
    header = bytes([0, 0, 8, array.ndim]) + b"".join(n.to_bytes(4, "big") for n in array.shape)
    path.write_bytes(header + array.tobytes())


def make_copies(folder):
    """The damaged copies of the evaluation rows, as a data set; returns the kind of each."""
    pictures = read_idx(SHARED / "data/mnist/t10k-images-idx3-ubyte.gz")[1::2]
    labels = read_idx(SHARED / "data/mnist/t10k-labels-idx1-ubyte.gz")[1::2]
    damaged, kinds = copies(pictures, COPIES_SEED)
    folder.mkdir()
    write_idx(folder / "images.idx3", damaged)
    write_idx(folder / "labels.idx1", labels)
    return kinds


def read_rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def changed(first, second):
    """Share of the pictures that got another class when they were asked about again."""
    pairs = list(zip(first, second))
    return sum(a["predicted"] != b["predicted"] for a, b in pairs) / len(pairs)


def gap_over_kinds(rows, kinds, column):
    """Mean over kinds of damage of |mean stated confidence - share of right answers|."""
    stated = np.array([float(row[column]) for row in rows])
    right = np.array([row["label"] == row["predicted"] for row in rows])
    return statistics.mean(abs(stated[kinds == k].mean() - right[kinds == k].mean())
                           for k in range(len(KINDS)))


def measure(version, seed, folder, damaged, kinds):
    """All reports of one model and seed."""
    model = folder / "model"
    shutil.copytree(version, model)
    shutil.rmtree(model / "assets.extra", ignore_errors=True)
    mnist = SHARED / "data/mnist"
    calibrated = credence("calibrate", "--model", model, "--data", mnist, "--split", "t10k",
                          "--rows", "0::2", "--seed", seed)
    rows = folder / "rows.csv"
    odd = ["evaluate", "--model", model, "--data", mnist, "--split", "t10k", "--rows", "1::2",
           "--rows-out", rows, *AS_THEY_ARE]
    credence(*odd)
    first = read_rows(rows)
    report = credence(*odd, "--ood", SHARED / "data/fashion_test", "--ood",
                      SHARED / "data/notmnist_test", "--compare", "raw")
    report["changed"] = changed(first, read_rows(rows)[:len(first)])
    drawn = credence("evaluate", "--model", model, "--data", SHARED / "data/digits_drawn", *AS_THEY_ARE)
    corrupted = credence("evaluate", "--model", model, "--data", damaged, "--rows-out", rows, *AS_THEY_ARE)
    shutil.rmtree(model)
    damaged_rows = read_rows(rows)
    corrupted["gap"] = {name: gap_over_kinds(damaged_rows, kinds, name)
                        for name in ("p_correct", "scaled_softmax")}
    return {"calibrate": calibrated, "evaluate": report, "drawn": drawn, "copies": corrupted}


def measure_natural(seed, folder):
    """The reports of the ResNet on CIFAR-10's pictures, and on what is none of its business."""
    model, natural = folder / "resnet20", SHARED / "data/natural"
    shutil.copytree(natural / "models/resnet20_cifar10", model)
    calibrated = credence("calibrate", "--model", model, "--data", natural / "cifar10_jpeg", "--rows", "0::2",
                          "--seed", seed)
    foreign = [argument for name in NATURAL_FOREIGN.values() for argument in ("--ood", SHARED / "data" / name)]
    report = credence("evaluate", "--model", model, "--data", natural / "cifar10_jpeg", "--rows", "1::2", *foreign)
    report["changed"] = 0.
    shutil.rmtree(model)
    return {"calibrate": calibrated, "evaluate": report}


def figures_of(model):
    return NATURAL_FIGURES if model == "resnet20" else DIGIT_FIGURES


def tabulate(measured, golden):
    """measured: model -> seed -> figure -> value. Returns the table's lines and what is out."""
    models = list(measured)
    figures = list({f.name: f for model in models for f in figures_of(model)}.values())
    head = [f"`{m}`" for m in models]
    lines = ["| | " + " | ".join(head) + " |", "| --- |" + " --- |" * len(models)]
    out = []
    for figure in figures:
        cells = []
        for model in models:
            own = next((f for f in figures_of(model) if f.name == figure.name), None)
            if own is None:
                cells.append("-")
                continue
            figure = own
            by_seed = {seed: values[figure.name] for seed, values in measured[model].items()}
            cell, problems = judge(figure, model, by_seed, golden.get(model))
            cells.append(cell)
            out += problems
        lines.append(f"| {figure.name} | " + " | ".join(cells) + " |")
    return lines, out


def write(folder, measured, golden):
    """Saves what there is so far."""
    lines, out = tabulate(measured, golden)
    text = "\n".join(lines + ["", *(out or ["every figure is within its tolerance"])]) + "\n"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reference.md").write_text(text)
    (folder / "reference.json").write_text(json.dumps(measured, indent=1) + "\n")
    return text, out


def digits():
    """The network that the specification's reference run had; the bundled one was trained anew since."""
    return ROOT / "tools/reference/digits/1"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--models", nargs="+", default=[*REFERENCE_MODELS, "digits", "resnet20"])
    parser.add_argument("--out", type=pathlib.Path, default=ROOT / "build/reference")
    options = parser.parse_args()
    if not SHARED.is_dir():
        sys.exit(f"{SHARED} is not there; set CREDENCE_SHARED")
    golden = json.loads((SHARED / "design/golden/reference_run.json").read_text())
    measured = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        kinds = make_copies(folder / "copies")
        for name in options.models:
            version = digits() if name == "digits" else SHARED / "models/production" / name
            measured[name] = {}
            for seed in options.seeds:
                print(f"{name}, seed {seed}", file=sys.stderr)
                reports = (measure_natural(seed, folder) if name == "resnet20"
                           else measure(version, seed, folder, folder / "copies", kinds))
                measured[name][seed] = {figure.name: figure.of(reports) for figure in figures_of(name)}
                text, out = write(options.out, measured, golden)
    print(text)
    return 1 if out else 0


if __name__ == "__main__":
    sys.exit(main())
