#!/usr/bin/env python3
"""Compares our engine with real TensorFlow.

usage: ./dev conformance run [--models DIR]

Models: the SavedModels of src/model/testdata and of --models (default ../shared/models/production
or $CREDENCE_SHARED/models/production), and Keras exports of larger networks with random weights.
Probabilities must agree to 1e-5; those of the deep networks, where float32 rounds away more than that,
to four times TensorFlow's own distance from float64. Also compares the field numbers of our .proto files with
TensorFlow's descriptors. Exit status 1 if anything differs.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf
from google.protobuf import descriptor_pb2
from tensorflow.core.protobuf import meta_graph_pb2, saved_model_pb2, tensor_bundle_pb2

from pictures import pictures
from tensorflow_run import tensorflow_run

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 1e-5
ROUNDING = 4  # times TensorFlow's own distance from float64, for deep networks of random weights
SPREAD = 100  # tolerances that scores must spread over the pictures: one constant answer proves nothing
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


def agrees(binary, name, folder, tolerance=TOLERANCE):
    """Whether every score agrees, of a model whose scores differ between pictures."""
    inputs, outputs = tensorflow_run(folder, EXAMPLES)
    info, scores = ours(binary, folder, inputs)
    expected = outputs[info["output"]]
    difference = float(np.abs(scores - expected).max())
    spread = float(np.ptp(expected, axis=0).max())
    print(f"{name:22} difference {difference:.1e} of {tolerance:.1e}, spread {spread:.4f}  "
          f"logits: {info['logits']}, features: {info['feature_size']}, parameters: {info['parameters']:,}")
    return difference <= tolerance and spread >= SPREAD * tolerance


def normalise(model):
    """Sets batch norms to the statistics of pictures: with random weights and none, signals die away."""
    norms = [layer for layer in model.layers if isinstance(layer, tf.keras.layers.BatchNormalization)]
    for layer in norms:
        layer.momentum = 0  # what the next batch shows is kept
    if norms:
        model(pictures(64, model.input_shape[1:], np.dtype(model.inputs[0].dtype)), training=True)
    return model


def rounding(build, model):
    """How far TensorFlow's scores in float32 are from those in float64."""
    inputs = pictures(EXAMPLES, model.input_shape[1:], np.dtype(model.inputs[0].dtype))
    tf.keras.config.set_dtype_policy("float64")
    twin = build()
    tf.keras.config.set_dtype_policy("float32")
    twin.set_weights(model.get_weights())
    exact = twin(inputs if inputs.dtype == np.uint8 else inputs.astype(np.float64)).numpy()
    return float(np.abs(model(inputs).numpy() - exact).max())


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


def own_messages():
    """The messages of our saved_model.proto, nested ones too."""
    source = ROOT / "src/model/saved_model.proto"
    with tempfile.NamedTemporaryFile() as compiled:
        subprocess.run(["protoc", f"-I{source.parent}", f"--descriptor_set_out={compiled.name}", source], check=True)
        waiting = list(descriptor_pb2.FileDescriptorSet.FromString(compiled.read()).file[0].message_type)
    while waiting:
        message = waiting.pop()
        waiting += message.nested_type
        if not message.options.map_entry:
            yield message


def field_numbers():
    """Compares each message of saved_model.proto with TensorFlow's; returns the differences."""
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
    collect(tensor_bundle_pb2.BundleHeaderProto.DESCRIPTOR)
    collect(tensor_bundle_pb2.BundleEntryProto.DESCRIPTOR)
    return [f"{message.name}.{field.name} = {field.number}" for message in own_messages() for field in message.field
            if known[message.name].get(field.name) != field.number]


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
        if not agrees(binary, folder.name, folder):
            failed.append(folder.name)
    for name, build in keras_models():
        tf.keras.utils.set_random_seed(1)
        with tempfile.TemporaryDirectory() as scratch:
            model = normalise(build())
            model.export(scratch, format="tf_saved_model", verbose=False)
            if not agrees(binary, name, scratch, max(TOLERANCE, ROUNDING * rounding(build, model))):
                failed.append(name)
    print("failed: " + ", ".join(failed) if failed else "all agree")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
