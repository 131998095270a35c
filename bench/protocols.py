"""The scenario of the protocols: what the same picture costs by each door, beside the native API."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import numpy as np
from PIL import Image

from figures import PREDICT, Figure, Settings, limit, note, small
from harness import start_credence
from scenarios import cost_us

ROWS_PATH = "/v1/models/fake:predict"
INFER_PATH = "/v2/models/fake/infer"


def bodies(settings: Settings) -> dict[str, dict]:
    """The streams: one picture as a file, as numbers in JSON by two doors, as binary numbers."""
    picture = small(settings)
    pixels = np.asarray(Image.open(picture["body"])).astype(np.float32) / 255

    def file(name: str, content: bytes) -> Path:
        path = settings.files / name
        path.write_bytes(content)
        return path

    def numbers(key: str) -> bytes:
        rows = [[round(float(value), 4) for value in row] for row in pixels]
        return json.dumps({key: [rows] if key == "instances" else rows}).encode()

    head = json.dumps({"inputs": [{"name": "input", "shape": [1, 28, 28], "datatype": "FP32",
                                   "parameters": {"binary_data_size": pixels.nbytes}}],
                       "parameters": {"binary_data_output": True}}).encode()
    return {
        "native PNG": picture,
        "native JSON": picture | {"body": file("native.json", numbers("image")), "type": "application/json",
                                  "path": PREDICT},
        "TensorFlow Serving REST": picture | {"body": file("tfs.json", numbers("instances")),
                                              "type": "application/json", "path": ROWS_PATH},
        "KServe V2 binary": picture | {"body": file("v2.bin", head + pixels.tobytes()), "path": INFER_PATH,
                                       "type": "application/octet-stream",
                                       "header": f"Inference-Header-Content-Length: {len(head)}"},
    }


def protocols(settings: Settings) -> list[Figure]:
    """CPU a request of the same picture by each protocol, with a model that costs nothing."""
    streams = bodies(settings)
    costs: dict[str, list[float]] = {name: [] for name in streams}
    with start_credence("--fake-model") as server:
        for _ in range(settings.rounds):
            for name, stream in streams.items():
                costs[name].append(cost_us(server, stream, settings)[0])

    def ratio(name: str, to: str) -> float:
        return median(a / b for a, b in zip(costs[name], costs[to]))

    return [note(f"CPU a request, {name}", f"{median(us):.2f} us") for name, us in costs.items()] + [
        limit("TensorFlow Serving REST to native JSON", ratio("TensorFlow Serving REST", "native JSON"), "x", 1.15),
        limit("KServe V2 binary to native PNG", ratio("KServe V2 binary", "native PNG"), "x", 1.0),
    ]


ALL = {"protocols": protocols}
