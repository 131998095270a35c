#!/usr/bin/env python3
"""Trains the baseline network with `credence train` and with Keras, and compares.

usage: ./dev conformance training [--rows N] [--epochs N] [--rounds N] [--threads N]

Speed: the two take turns, each in a process of its own, so that a busy machine is busy for both; the
first epoch (warming up) does not count. Then 1,000 answers of the version that was trained, by the
server, by our engine and by TensorFlow: they must agree to 1e-5. For the accuracy of the whole
recipe: --rows 60000 --epochs 10 --rounds 1.
Exit status 1 if answers differ or training costs more CPU than Keras.
"""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf

from mnist import read_mnist
from run import ROOT, TOLERANCE, model_run, ours

HERE = pathlib.Path(__file__).resolve().parent
ANSWERS = 1000


def cpu_seconds(pid):
    """User and system time of a running process."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def train_ours(binary, mnist, out, options):
    """Trains with credence; returns (costs an epoch as keras_baseline.py prints them, the version)."""
    process = subprocess.Popen(
        [binary, "train", "--data", mnist, "--out", out, "--name", "baseline", "--recipe", "baseline",
         "--rows", f"0:{options.rows}", "--epochs", str(options.epochs), "--threads", str(options.threads)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    costs, before_s = [], 0
    for line in process.stderr:
        print("  " + line, end="", file=sys.stderr)
        if epoch := re.match(r"epoch .* (\d+) images/s", line):
            now_s = cpu_seconds(process.pid)
            images = options.rows - round(options.rows / 12)
            costs.append({"cpu_s": now_s - before_s, "wall_s": images / int(epoch[1]), "images": images})
            before_s = now_s
    output = process.communicate()[0]
    if process.returncode:
        sys.exit("credence train failed")
    return costs, pathlib.Path(re.search(r"^version +(.+)$", output, re.M)[1])


def train_keras(mnist, options):
    """The same with Keras; returns (costs, test accuracy)."""
    done = subprocess.run(
        [sys.executable, HERE / "keras_baseline.py", mnist, *map(str, (options.rows, options.epochs,
                                                                      options.threads))],
        stdout=subprocess.PIPE, text=True, check=True)
    *costs, last = map(json.loads, done.stdout.splitlines())
    return costs, last["test_accuracy"]


def cpu_ms(costs):
    """CPU milliseconds an image, of all epochs but the first."""
    return 1e3 * sum(c["cpu_s"] for c in costs[1:]) / sum(c["images"] for c in costs[1:])


def images_per_second(costs):
    return sum(c["images"] for c in costs[1:]) / sum(c["wall_s"] for c in costs[1:])


def tensorflow_scores(version, inputs):
    signature = tf.saved_model.load(str(version)).signatures["serving_default"]
    return signature(image=tf.constant(inputs))["probabilities"].numpy()


def server_scores(binary, models, pictures):
    """What `credence serve` answers to each picture, sent as numbers."""
    server = subprocess.Popen([binary, "serve", "--models", models, "--address", "127.0.0.1", "--port", "0",
                               "--access-log", "off", "--log-format", "json"], stderr=subprocess.PIPE, text=True)
    try:
        port = next(m[1] for line in server.stderr if (m := re.search(r'"ready".*127\.0\.0\.1:(\d+)', line)))
        scores = []
        for picture in pictures:
            body = json.dumps({"image": picture.tolist()}).encode()
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/predict", body) as answer:
                scores.append(json.load(answer)["prediction"])
        return np.array(scores)
    finally:
        server.terminate()
        server.communicate()


def compare_answers(binary, build, version, mnist):
    """Returns the names of those whose scores are not TensorFlow's."""
    pictures, _ = read_mnist(mnist, "t10k")
    pictures = pictures[:ANSWERS]
    inputs = (pictures[..., None] / np.float32(255)).astype(np.float32)
    oracle = tensorflow_scores(version, inputs)
    failed = []
    for name, scores in (("engine", ours(model_run(build), version, inputs)[1]),
                         ("credence serve", server_scores(binary, version.parents[1], pictures))):
        difference = float(np.abs(scores - oracle).max())
        print(f"{ANSWERS} answers, {name:14} beside TensorFlow: {difference:.1e}")
        if not difference <= TOLERANCE:
            failed.append(name)
    return failed


def main():
    shared = os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=pathlib.Path, default=pathlib.Path(shared, "data/mnist"))
    parser.add_argument("--rows", type=int, default=12000)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--build", type=pathlib.Path, default=ROOT / "build/train")
    options = parser.parse_args()
    if not options.data.is_dir():
        print(f"no {options.data}: training is not compared")
        return 0
    binary = options.build / "src/cli/credence"
    ratios, failed = [], []
    with tempfile.TemporaryDirectory() as out:
        for number in range(options.rounds):
            costs, version = train_ours(binary, options.data, out, options)
            keras, keras_accuracy = train_keras(options.data, options)
            ratios.append(cpu_ms(costs) / cpu_ms(keras))
            print(f"round {number + 1}: CPU an image {cpu_ms(costs):.3f} ms, Keras {cpu_ms(keras):.3f} ms; "
                  f"{images_per_second(costs):.0f} images/s, Keras {images_per_second(keras):.0f}")
        made_by = json.loads((version / "assets.extra/credence/input.json").read_text())["provenance"]
        print(f"test accuracy {made_by['test']['accuracy']:.4f}, Keras {keras_accuracy:.4f} "
              f"({options.rows} rows, {options.epochs} epochs)")
        failed += compare_answers(binary, options.build, version, options.data)
    ratio = statistics.median(ratios)
    print(f"CPU of Keras: {ratio:.2f} x (median of {len(ratios)})")
    if ratio > 1:
        failed.append("speed")
    print("failed: " + ", ".join(failed) if failed else "training is level with Keras, and answers agree to 1e-5")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
