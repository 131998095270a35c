"""Trains the baseline recipe's network with Keras; training.py runs it in a process of its own.

usage: keras_baseline.py MNIST ROWS EPOCHS THREADS

Prints a JSON line an epoch (CPU seconds, wall seconds, images), then one with the test accuracy.
"""
import json
import os
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import numpy as np
import tensorflow as tf

from mnist import read_mnist

VALIDATION_SHARE = 1 / 12  # as credence train holds out


class Meter(tf.keras.callbacks.Callback):
    """Prints what each epoch cost."""

    def __init__(self, images):
        super().__init__()
        self.images = images

    def on_epoch_begin(self, epoch, logs=None):
        self.cpu_s, self.wall_s = time.process_time(), time.monotonic()

    def on_epoch_end(self, epoch, logs=None):
        print(json.dumps({"cpu_s": time.process_time() - self.cpu_s,
                          "wall_s": time.monotonic() - self.wall_s, "images": self.images}), flush=True)


def network():
    layers = tf.keras.layers
    return tf.keras.Sequential([
        layers.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.MaxPool2D(),
        layers.Conv2D(64, 3, activation="relu"), layers.MaxPool2D(),
        layers.Conv2D(64, 3, activation="relu"), layers.Flatten(),
        layers.Dense(64, activation="relu"), layers.Dense(10, activation="softmax")])


def main():
    folder, rows, epochs, threads = sys.argv[1], *map(int, sys.argv[2:])
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    tf.keras.utils.set_random_seed(1)
    pictures, labels = read_mnist(folder, "train")
    pictures = pictures[:rows, ..., None].astype(np.float32) / 255
    model = network()
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    images = rows - int(rows * VALIDATION_SHARE)
    model.fit(pictures, labels[:rows], batch_size=32, epochs=epochs, verbose=0,
              validation_split=VALIDATION_SHARE, callbacks=[Meter(images)])
    pictures, labels = read_mnist(folder, "t10k")
    _, accuracy = model.evaluate(pictures[..., None].astype(np.float32) / 255, labels, verbose=0)
    print(json.dumps({"test_accuracy": accuracy}))


if __name__ == "__main__":
    main()
