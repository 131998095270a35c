"""The scenario of the protocols: what the same picture costs by each door, beside the native API."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import grpc
import numpy as np
from PIL import Image

import calls
from figures import PREDICT, SPIN_UP, Figure, Settings, limit, note, small
from harness import Server, run_load, start_credence, start_grpc_floor
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


def p99(times: list[float]) -> float:
    return sorted(times)[len(times) * 99 // 100]


def by_rest(settings: Settings) -> list[Figure]:
    """CPU a request of each protocol over HTTP, and the slowest hundredth at 100 requests a second."""
    streams = bodies(settings)
    costs: dict[str, list[float]] = {name: [] for name in streams}
    slowest: dict[str, list[float]] = {name: [] for name in streams}
    with start_credence("--fake-model", "--grpc-port", "any") as server:
        for _ in range(settings.rounds):
            for name, stream in streams.items():
                costs[name].append(cost_us(server, stream, settings)[0])
                report = run_load(server.port, stream | {"rate": 100, "duration": settings.seconds})["small"]
                slowest[name].append(report["latency_us"]["ok"]["p99"] / 1000)

    def ratio(name: str, to: str) -> float:
        return median(a / b for a, b in zip(costs[name], costs[to]))

    return [note(f"CPU a request, {name}", f"{median(us):.2f} us") for name, us in costs.items()] + [
        limit("TensorFlow Serving REST to native JSON", ratio("TensorFlow Serving REST", "native JSON"), "x", 1.15),
        limit("KServe V2 binary to native PNG", ratio("KServe V2 binary", "native PNG"), "x", 1.0),
    ] + [limit(f"p99 at 100 requests a second, {name}", median(ms), "ms", 2) for name, ms in slowest.items()]


def by_grpc(settings: Settings) -> list[Figure]:
    """The same by gRPC, whose client is gRPC's own for Python; in turns with a server that does nothing with a call."""
    pixels = np.asarray(Image.open(small(settings)["body"])).astype(np.float32)[None] / 255
    figures = []
    with start_credence("--fake-model", "--grpc-port", "any", "--grpc-threads", "1") as server, \
            calls.channel_to(server) as channel:
        for method, message in calls.messages(channel, pixels).items():
            answer = channel.unary_unary(method)(message)
            with start_grpc_floor(len(answer)) as floor, calls.channel_to(floor) as to_floor:
                costs, floors, slowest = [], [], []
                for _ in range(settings.rounds):
                    costs.append(call_us(server, channel, method, message, settings))
                    floors.append(call_us(floor, to_floor, method, message, settings))
                    slowest.append(p99(calls.steady_ms(channel, method, message, settings.seconds)))
            name = method.rpartition("/")[2]
            figures += [limit(f"CPU a call, gRPC {name}", median(costs), "us", 25),
                        note(f"of that gRPC's own, by a server that does nothing, {name}", f"{median(floors):.1f} us"),
                        note(f"above it, {name}", f"{median(a - b for a, b in zip(costs, floors)):.1f} us"),
                        limit(f"p99 at 100 calls a second, gRPC {name}", median(slowest), "ms", 2)]
    return figures


def call_us(server: Server, channel: grpc.Channel, method: str, message: bytes, settings: Settings) -> float:
    """CPU of the server a call."""
    calls.closed_loop(channel, method, message, SPIN_UP)
    before = server.cpu_seconds()
    answered = calls.closed_loop(channel, method, message, settings.seconds)
    return (server.cpu_seconds() - before) * 1e6 / answered


def unused(settings: Settings) -> list[Figure]:
    """What gRPC costs whoever does not use it: start, memory, and the CPU of a request by HTTP."""
    seconds, megabytes, costs = ({"0": [], "any": []} for _ in range(3))
    for _ in range(settings.rounds):
        for port in seconds:
            with start_credence("--grpc-port", port) as server:
                seconds[port].append(server.ready_seconds)
                megabytes[port].append(server.resident_mb())
            with start_credence("--fake-model", "--grpc-port", port) as server:
                costs[port].append(cost_us(server, small(settings), settings)[0])

    def told(values: dict[str, list[float]], digits: int, unit: str) -> str:
        return " and ".join(f"{median(values[port]):.{digits}f}" for port in ("0", "any")) + f" {unit}"

    return [note("start without and with gRPC", told(seconds, 2, "s")),
            note("resident memory without and with gRPC", told(megabytes, 1, "MB")),
            limit("CPU a request with gRPC to without", median(b / a for a, b in zip(costs["0"], costs["any"])),
                  "x", 1.02)]


def protocols(settings: Settings) -> list[Figure]:
    """What the same picture costs by each protocol, with a model that costs nothing, and what gRPC costs unused."""
    return by_rest(settings) + by_grpc(settings) + unused(settings)


ALL = {"protocols": protocols}
