"""Writes small ONNX models: the few messages of onnx.proto that they need, without the onnx package."""
import numpy as np

FLOAT, INT8, INT64 = 1, 3, 7
TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.int8): INT8, np.dtype(np.int64): INT64}


def varint(value):
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value >>= 7
    return bytes(out) + bytes([value])


def field(number, value):
    """A field of a message: a number, a text or the bytes of a message."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    value = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(value)) + value


def tensor(name, array, external=None):
    """external: (file name, offset) of a file that holds the numbers instead."""
    head = b"".join(field(1, n) for n in array.shape) + field(2, TYPES[array.dtype]) + field(8, name)
    if external is None:
        return head + field(9, array.tobytes())
    entries = {"location": external[0], "offset": str(external[1]), "length": str(array.nbytes)}
    return (head + b"".join(field(13, field(1, key) + field(2, value)) for key, value in entries.items())
            + field(14, 1))


def port(name, kind, shape):
    """shape: a number, or a name for a side that is free."""
    dims = b"".join(field(1, field(1 if isinstance(n, int) else 2, n)) for n in shape)
    return field(1, name) + field(2, field(1, field(1, kind) + field(2, dims)))


def node(op, inputs, outputs, **attributes):
    outputs = [outputs] if isinstance(outputs, str) else outputs
    out = b"".join(field(1, name) for name in inputs) + b"".join(field(2, name) for name in outputs) + field(4, op)
    for key, value in attributes.items():
        out += field(5, field(1, key) + field(3, value) + field(20, 2))  # an integer
    return out


def model(nodes, tensors, inputs, outputs):
    graph = (b"".join(field(1, one) for one in nodes) + field(2, "tiny")
             + b"".join(field(5, one) for one in tensors) + b"".join(field(11, one) for one in inputs)
             + b"".join(field(12, one) for one in outputs))
    return field(1, 8) + field(7, graph) + field(8, field(1, "") + field(2, 17))


def brightness(shape=("n", 1, 8, 8), scale=1.0, end=(), classes=3, kind=FLOAT, first=(), external=None,
               sharpness=60.0):
    """A model that tells dark, middling and bright 8 x 8 pictures apart.

    shape: of its input. scale: what one level of brightness of 0..1 is in its input.
    first, end: nodes before and after the one dense layer, from "x" to "y" and from "logits" to "scores".
    external: a file name; returns (model, bytes of that file).
    """
    k = np.arange(classes, dtype=np.float32) / (classes - 1)
    values = 64 if shape[-1] != 3 else 192
    weights = np.tile(sharpness * k / values / scale, (values, 1)).astype(np.float32)
    bias = (-sharpness * k * k / 2).astype(np.float32)
    if classes == 1:
        raise ValueError("one_logit makes those")
    nodes = [*first, node("Flatten", ["y" if first else "x"], "flat"),
             node("Gemm", ["flat", "weights", "bias"], "logits"), *end]
    extra = [tensor("byte", np.float32(1 / 255).reshape(()))]
    inside = [tensor("weights", weights), tensor("bias", bias)]
    if external:
        inside = [tensor("weights", weights, (external, 0)), tensor("bias", bias, (external, weights.nbytes))]
    made = model(nodes, inside + extra, [port("x", kind, shape)],
                 [port("scores" if end else "logits", FLOAT, ("n", classes))])
    return (made, weights.tobytes() + bias.tobytes()) if external else made


def one_logit():
    """An 8 x 8 model with one value: above 0 for bright pictures."""
    weights = np.full((64, 1), 40 / 64, np.float32)
    return model([node("Flatten", ["x"], "flat"), node("Gemm", ["flat", "weights", "bias"], "logit")],
                 [tensor("weights", weights), tensor("bias", np.array([-20], np.float32))],
                 [port("x", FLOAT, ("n", 1, 8, 8))], [port("logit", FLOAT, ("n", 1))])
