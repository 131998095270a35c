#!/usr/bin/env python3
"""Makes the large models that ./dev bench large serves: random weights, so that nothing is downloaded.

usage: build/venv-tf/bin/python bench/make_models.py FOLDER
"""
import os
import pathlib
import shutil
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "conformance"))
from run import normalise

SIDE = 224  # pixels


def main():
    folder = pathlib.Path(sys.argv[1])
    for network in tf.keras.applications.MobileNetV2, tf.keras.applications.ResNet50:
        tf.keras.utils.set_random_seed(1)
        model = normalise(network(weights=None, input_shape=(SIDE, SIDE, 3)))
        name = network.__name__.lower()
        made, unfinished = folder / name, folder / f".{name}"
        for old in made, unfinished:
            shutil.rmtree(old, ignore_errors=True)
        model.export(unfinished, format="tf_saved_model", verbose=False)
        unfinished.rename(made)
        print(made, f"{model.count_params():,} parameters")


if __name__ == "__main__":
    main()
