"""Writes src/model/testdata/grey.onnx, a small convolutional net of planes first, and its answers as
ONNX's own reference implementation gives them into golden.json.
Run with onnx 1.23 and numpy.
"""
import json
import pathlib
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/conformance"))
from pictures import pictures  # noqa: E402

TESTDATA = ROOT / "src/model/testdata"
SIDE, MAPS, CLASSES = 8, 4, 3


def weights(name, *shape):
    values = np.sin(np.arange(1, np.prod(shape) + 1)).reshape(shape) / 4
    return numpy_helper.from_array(values.astype(np.float32), name)


def main():
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["image", "kernel", "kernel_bias"], ["maps"], kernel_shape=[3, 3]),
            helper.make_node("Relu", ["maps"], ["active"]),
            helper.make_node("MaxPool", ["active"], ["pooled"], kernel_shape=[2, 2], strides=[2, 2]),
            helper.make_node("Flatten", ["pooled"], ["features"]),
            helper.make_node("Gemm", ["features", "dense", "dense_bias"], ["logits"]),
            helper.make_node("Softmax", ["logits"], ["probabilities"], axis=1),
        ],
        "grey",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, ["batch", 1, SIDE, SIDE])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", CLASSES])],
        [weights("kernel", MAPS, 1, 3, 3), weights("kernel_bias", MAPS), weights("dense", 36, CLASSES),
         weights("dense_bias", CLASSES)])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, TESTDATA / "grey.onnx")
    images = pictures(3, (1, SIDE, SIDE), np.float32)
    answers = ReferenceEvaluator(model).run(None, {"image": images})[0]
    path = TESTDATA / "golden.json"
    golden = json.loads(path.read_text())
    golden["grey.onnx"] = [[float(v) for v in row] for row in answers]
    path.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
