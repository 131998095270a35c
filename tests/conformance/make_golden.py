#!/usr/bin/env python3
"""Makes src/model/testdata/golden.json: what real TensorFlow answers, for contract_test.

usage: build/venv-tf/bin/python tests/conformance/make_golden.py PRODUCTION_MODELS_DIR

Inputs come from a formula (pictures.py), so that no data is committed.
"""
import json
import os
import pathlib
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
from tensorflow_run import tensorflow_run

TESTDATA = pathlib.Path(__file__).resolve().parents[2] / "src" / "model" / "testdata"
PICTURES = 3


def scores(folder):
    (values,) = tensorflow_run(folder, PICTURES)[1].values()
    return [[float(v) for v in row] for row in values]


def main():
    production = pathlib.Path(sys.argv[1])
    golden = json.loads((TESTDATA / "golden.json").read_text())  # tools/golden/make_onnx.py adds to it
    golden |= {name: scores(TESTDATA / name) for name in ("grey", "rgb_uint8")}
    golden |= {name: scores(production / name) for name in ("mnist_model", "mnist_cnn")}
    text = json.dumps(golden, indent=1)
    (TESTDATA / "golden.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
