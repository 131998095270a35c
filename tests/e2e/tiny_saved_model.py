"""Writes small TensorFlow SavedModels without TensorFlow: the few messages that a frozen graph needs."""
import numpy as np

from tiny_onnx import field, varint

FLOAT, DOUBLE, INT32, STRING, INT64, BOOL = 1, 2, 3, 7, 9, 10
TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.float64): DOUBLE, np.dtype(np.int32): INT32,
         np.dtype(np.int64): INT64, np.dtype(np.bool_): BOOL}
PREDICT = "tensorflow/serving/predict"


def number(tag, value):
    """A field of a whole number, which may be negative."""
    return varint(tag << 3) + varint(value % (1 << 64))


def shape_of(sides):
    return b"".join(field(2, number(1, side)) for side in sides)


def attribute(key, value):
    return field(5, field(1, key) + field(2, value))


def node(name, op, inputs=(), **attributes):
    return field(1, field(1, name) + field(2, op) + b"".join(field(3, one) for one in inputs)
                 + b"".join(attribute(key, value) for key, value in attributes.items()))


def kind(dtype):
    return number(6, dtype)


def placeholder(name, dtype, sides):
    return node(name, "Placeholder", dtype=kind(dtype), shape=field(7, shape_of(sides)))


def constant(name, array):
    array = np.asarray(array)
    dtype = TYPES[array.dtype]
    tensor = number(1, dtype) + field(2, shape_of(array.shape)) + field(4, array.tobytes())
    return node(name, "Const", dtype=kind(dtype), value=field(8, tensor))


def binary(name, op, left, right, dtype):
    return node(name, op, (left, right), T=kind(dtype))


def info(tensor, dtype, sides):
    return field(1, tensor) + number(2, dtype) + field(3, shape_of(sides))


def signature(key, inputs, outputs, method=PREDICT):
    """inputs, outputs: name -> (tensor, type, sides)."""
    def ports(tag, those):
        return b"".join(field(tag, field(1, name) + field(2, info(*one))) for name, one in those.items())
    return field(5, field(1, key) + field(2, ports(1, inputs) + ports(2, outputs) + field(3, method)))


def init_op():
    """As TensorFlow 2 writes it."""
    port = field(1, "NoOp") + field(3, number(3, 1))
    return field(5, field(1, "__saved_model_init_op")
                 + field(2, field(2, field(1, "__saved_model_init_op") + field(2, port))))


def write(folder, nodes, signatures):
    folder.mkdir(parents=True)
    graph = b"".join(nodes) + node("NoOp", "NoOp") + field(4, number(1, 1500))
    meta = field(4, "serve") + field(5, "2.16.1")
    (folder / "saved_model.pb").write_bytes(
        number(1, 1) + field(2, field(1, meta) + field(2, graph) + b"".join(signatures) + init_op()))


def half_plus_two(folder):
    """y = x / 2 + 2, as TensorFlow Serving's own example; with a signature for :regress."""
    x, y = ("x:0", FLOAT, (-1, 1)), ("y:0", FLOAT, (-1, 1))
    write(folder, [placeholder("x", FLOAT, (-1, 1)), constant("a", np.float32(0.5)), constant("b", np.float32(2)),
                   binary("mul", "Mul", "x", "a", FLOAT), binary("y", "AddV2", "mul", "b", FLOAT)],
          [signature("serving_default", {"x": x}, {"y": y}),
           signature("regress_x_to_y", {"inputs": x}, {"outputs": y}, "tensorflow/serving/regress"),
           signature("classify_x_to_y", {"inputs": x}, {"scores": y}, "tensorflow/serving/classify")])


def simple(folder):
    """Triton's model of that name: sum and difference of two int32 [-1, 16]."""
    side = (INT32, (-1, 16))
    write(folder, [placeholder("INPUT0", *side), placeholder("INPUT1", *side),
                   binary("sum", "AddV2", "INPUT0", "INPUT1", INT32),
                   binary("difference", "Sub", "INPUT0", "INPUT1", INT32)],
          [signature("serving_default", {"INPUT0": ("INPUT0:0", *side), "INPUT1": ("INPUT1:0", *side)},
                     {"OUTPUT0": ("sum:0", *side), "OUTPUT1": ("difference:0", *side)})])


def doubling(folder, dtype, sides):
    """twice = x + x, of any type and rank."""
    write(folder, [placeholder("x", dtype, sides), binary("twice", "AddV2", "x", "x", dtype)],
          [signature("serving_default", {"x": ("x:0", dtype, sides)}, {"twice": ("twice:0", dtype, sides)})])


def unknown_op(folder):
    """An operation that no engine but TensorFlow has."""
    write(folder, [placeholder("x", FLOAT, (-1, 3)), node("y", "BesselI0e", ("x",), T=kind(FLOAT))],
          [signature("serving_default", {"x": ("x:0", FLOAT, (-1, 3))}, {"y": ("y:0", FLOAT, (-1, 3))})])


def texts(folder):
    write(folder, [placeholder("x", STRING, (-1,)), node("y", "Identity", ("x",), T=kind(STRING))],
          [signature("serving_default", {"x": ("x:0", STRING, (-1,))}, {"y": ("y:0", STRING, (-1,))})])
