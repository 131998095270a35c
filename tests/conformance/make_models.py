#!/usr/bin/env python3
"""Makes the small models of src/model/testdata with real TensorFlow.

usage: build/venv-tf/bin/python tests/conformance/make_models.py

Each is below 50 KB and stands for one thing that a user may bring. Weights come from a formula, so
that two runs give the same function (TensorFlow's files differ in names and order).
"""
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf

TESTDATA = pathlib.Path(__file__).resolve().parents[2] / "src" / "model" / "testdata"


def set_weights(model):
    """Weight i of each array is sin(i + 1) / sqrt(fan in)."""
    for array in model.weights:
        size = int(np.prod(array.shape))
        scale = 1 / np.sqrt(max(1, size // array.shape[-1]))
        array.assign((np.sin(np.arange(1, size + 1)) * scale).reshape(array.shape))


def export(model, name):
    folder = TESTDATA / name
    shutil.rmtree(folder, ignore_errors=True)
    model.export(folder, format="tf_saved_model", verbose=False)
    (folder / "fingerprint.pb").unlink(missing_ok=True)
    shutil.rmtree(folder / "assets", ignore_errors=True)
    print(name, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()), "bytes")


def grey():
    """[-1, 8, 8] float32 -> Dense 6 relu -> Dense 4 softmax; the tap has 6 values."""
    layers = tf.keras.layers
    return tf.keras.Sequential([
        layers.Input((8, 8), name="picture"), layers.Flatten(), layers.Dense(6, activation="relu"),
        layers.Dense(4, activation="softmax")])


def rgb_uint8():
    """[-1, 8, 10, 3] uint8 -> Rescaling -> Conv 4 -> mean -> Dense 3 softmax; the tap has 4 values."""
    layers = tf.keras.layers
    return tf.keras.Sequential([
        layers.Input((8, 10, 3), dtype="uint8", name="picture"), layers.Rescaling(1 / 255),
        layers.Conv2D(4, 3, activation="relu"), layers.GlobalAveragePooling2D(),
        layers.Dense(3, activation="softmax")])


def two_inputs():
    """A picture and four numbers: refused, Credence feeds one picture."""
    layers = tf.keras.layers
    picture = layers.Input((8, 8), name="picture")
    numbers = layers.Input((4,), name="numbers")
    joined = layers.Concatenate()([layers.Flatten()(picture), numbers])
    return tf.keras.Model([picture, numbers], layers.Dense(3, activation="softmax")(joined))


def no_picture():
    """[-1, 12] numbers: refused."""
    layers = tf.keras.layers
    return tf.keras.Sequential([layers.Input((12,), name="numbers"),
                                layers.Dense(3, activation="softmax")])


class TwoSignatures(tf.Module):
    """serving_default returns scores of 3 classes, "reversed" the same in the other order."""

    def __init__(self):
        super().__init__()
        weights = np.sin(np.arange(1, 64 * 3 + 1)).reshape(64, 3) / 8
        self.kernel = tf.Variable(weights.astype(np.float32))

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8], tf.float32, name="picture")])
    def forward(self, picture):
        return {"scores": tf.nn.softmax(tf.reshape(picture, [-1, 64]) @ self.kernel)}

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8], tf.float32, name="image")])
    def backward(self, image):
        logits = tf.reshape(image, [-1, 64]) @ self.kernel
        return {"reversed_scores": tf.nn.softmax(tf.reverse(logits, [-1]))}


class Unsupported(tf.Module):
    """Holds an operation that no engine but TensorFlow has."""

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8, 3], tf.float32, name="picture")])
    def forward(self, picture):
        hsv = tf.image.rgb_to_hsv(picture)
        return {"scores": tf.nn.softmax(tf.reduce_mean(hsv, [1, 2]))}


class Dropout(tf.Module):
    """Dropout active at inference: a random mask on the features after a trained layer."""

    def __init__(self):
        super().__init__()
        self.first = tf.Variable((np.sin(np.arange(1, 64 * 6 + 1)).reshape(64, 6) / 8).astype("f"))
        self.second = tf.Variable((np.sin(np.arange(1, 6 * 4 + 1)).reshape(6, 4)).astype("f"))

    @tf.function(input_signature=[tf.TensorSpec([None, 8, 8], tf.float32, name="picture")])
    def forward(self, picture):
        hidden = tf.nn.relu(tf.reshape(picture, [-1, 64]) @ self.first + 1)
        return {"scores": tf.nn.softmax(tf.nn.dropout(hidden, 0.5) @ self.second)}


def save(module, name, signatures):
    folder = TESTDATA / name
    shutil.rmtree(folder, ignore_errors=True)
    tf.saved_model.save(module, str(folder), signatures=signatures)
    (folder / "fingerprint.pb").unlink(missing_ok=True)
    shutil.rmtree(folder / "assets", ignore_errors=True)
    print(name, sum(f.stat().st_size for f in folder.rglob("*") if f.is_file()), "bytes")


def main():
    for make in grey, rgb_uint8, two_inputs, no_picture:
        model = make()
        set_weights(model)
        export(model, make.__name__)
    two = TwoSignatures()
    save(two, "two_signatures", {"serving_default": two.forward, "reversed": two.backward})
    unsupported = Unsupported()
    save(unsupported, "unsupported_op", {"serving_default": unsupported.forward})
    dropout = Dropout()
    save(dropout, "dropout", {"serving_default": dropout.forward})


if __name__ == "__main__":
    main()
