#!/usr/bin/env python3
"""Compares our engine with real TensorFlow.

usage: ./dev conformance run [--models DIR]

Models: the SavedModels of src/model/testdata and of --models (default ../shared/models/production
or $CREDENCE_SHARED/models/production), and Keras exports of larger networks with random weights.
Probabilities must agree to 1e-5. Also compares the field numbers of our .proto files with
TensorFlow's descriptors. Exit status 1 if anything differs.
"""
import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2

from tensorflow_run import tensorflow_run

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5
EXAMPLES = 9  # not a power of two: one batch is padded


def model_run(build):
    subprocess.run(["cmake", "--build", build, "--target", "model_run"], check=True,
                   stdout=subprocess.DEVNULL)
    return next(pathlib.Path(build).rglob("model_run"))


def ours(binary, folder, inputs):
    with tempfile.TemporaryDirectory() as scratch:
        raw_in, raw_out = pathlib.Path(scratch, "in.raw"), pathlib.Path(scratch, "out.raw")
        inputs.tofile(raw_in)
        done = subprocess.run([binary, folder, raw_in, str(len(inputs)), raw_out],
                              capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(done.stderr.strip())
        info = json.loads(done.stdout)
        values = np.fromfile(raw_out, np.float32)
        return info, values[:len(inputs) * info["classes"]].reshape(len(inputs), -1)


def compare(binary, name, folder):
    """Returns the largest difference of a score."""
    inputs, outputs = tensorflow_run(folder, EXAMPLES)
    info, scores = ours(binary, folder, inputs)
    difference = float(np.abs(scores - outputs[info["output"]]).max())
    print(f"{name:24} {difference:.1e}  logits: {info['logits']}, "
          f"features: {info['feature_size']}, parameters: {info['parameters']:,}")
    return difference


def keras_models():
    """(name, function that builds it): random weights, so that nothing is downloaded."""
    applications, layers = tf.keras.applications, tf.keras.layers

    def small(network, side):
        return lambda: network(weights=None, input_shape=(side, side, 3), classes=10)

    def uint8():
        return tf.keras.Sequential([
            layers.Input((32, 32, 3), dtype="uint8"), layers.Rescaling(1 / 127.5, -1),
            layers.Conv2D(8, 3, activation="relu"), layers.BatchNormalization(), layers.Flatten(),
            layers.Dense(10, activation="softmax")])

    return [("MobileNetV2 96", small(applications.MobileNetV2, 96)),
            ("ResNet50 64", small(applications.ResNet50, 64)),
            ("EfficientNetB0 64", small(applications.EfficientNetB0, 64)),
            ("uint8 with Rescaling", uint8)]


def field_numbers():
    """Compares each message of saved_model.proto with TensorFlow's; returns the differences."""
    text = (ROOT / "src/model/saved_model.proto").read_text()
    known = {}

    def collect(descriptor):
        if descriptor.name in known:
            return
        known[descriptor.name] = {f.name: f.number for f in descriptor.fields}
        for field in descriptor.fields:
            if field.message_type:
                collect(field.message_type)

    collect(saved_model_pb2.SavedModel.DESCRIPTOR)
    collect(meta_graph_pb2.MetaGraphDef.DESCRIPTOR)
    wrong, stack = [], []
    for line in text.splitlines():
        if opened := re.match(r"\s*message (\w+) {", line):
            stack.append(opened[1])
        elif field := re.match(r"\s*(?:repeated )?[\w.]+(?:<.*>)? (\w+) = (\d+);", line):
            if known[stack[-1]].get(field[1]) != int(field[2]):
                wrong.append(f"{stack[-1]}.{field[1]} = {field[2]}")
        elif re.match(r"\s*}", line):
            stack.pop()
    return wrong


def main():
    shared = os.environ.get("CREDENCE_SHARED", ROOT.parent / "shared")
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", default=pathlib.Path(shared, "models/production"))
    parser.add_argument("--build", default=ROOT / "build/train")
    arguments = parser.parse_args()
    binary = model_run(arguments.build)
    failed = [f"saved_model.proto: {wrong}" for wrong in field_numbers()]
    folders = [ROOT / "src/model/testdata/grey", ROOT / "src/model/testdata/rgb_uint8"]
    production = pathlib.Path(arguments.models)
    if production.is_dir():
        # mnist_dropout answers at random: there is nothing to compare one by one.
        folders += sorted(d for d in production.iterdir() if d.name != "mnist_dropout")
    else:
        print(f"no {production}: the production models are left out")
    for folder in folders:
        if not compare(binary, folder.name, folder) <= TOLERANCE:
            failed.append(folder.name)
    for name, build in keras_models():
        tf.keras.utils.set_random_seed(1)
        with tempfile.TemporaryDirectory() as scratch:
            build().export(scratch, format="tf_saved_model", verbose=False)
            if not compare(binary, name, scratch) <= TOLERANCE:
                failed.append(name)
    print("failed: " + ", ".join(failed) if failed else "all agree to 1e-5")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
